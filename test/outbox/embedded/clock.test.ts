/** What becomes of leases and times when somebody sets the clock, and when a worker is gone. */
import { expect, it } from 'vitest'
import { openDatabase } from '../../../src/outbox/embedded/database.ts'
import { embedded } from '../../../src/outbox/embedded.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import type { JobOutcome, Outbox } from '../../../src/index.ts'
import { newFile } from './support/processes.ts'

const DAY_MS = 86_400_000
const LEASE_MS = 30_000
const job = (id: string, own: object = {}) => ({ id, channel: 'email', payload: '{}', ...own })

function startWorker(outbox: Outbox) {
  const began: string[] = []
  const aborted: string[] = []
  let end: (outcome: JobOutcome) => void = () => undefined
  outbox.consume('email', {
    concurrency: 5,
    run: ({ id, signal }) => {
      began.push(id)
      signal.addEventListener('abort', () => aborted.push(id))
      return new Promise((resolve) => (end = resolve))
    },
    settled: () => undefined,
  })
  return { began, aborted, end: () => end({ type: 'done', record: '' }) }
}

/** Two outboxes on one file, the first of which attempts `a`. */
async function startTwo(file: string, clock: FakeClock) {
  const [one, other] = [embedded({ file, thread: false, clock }), embedded({ file, thread: false, clock })]
  await one.open(['email'])
  const first = startWorker(one)
  await one.enqueue([job('a')])
  await expect.poll(() => first.began).toEqual(['a'])
  await other.open(['email'])
  const second = startWorker(other)
  return { one, other, first, second }
}

/** Time passes in steps, and what falls due in between is done. */
async function pass(clock: FakeClock, ms: number, outbox: Outbox, stepMs = 1_000) {
  for (let passed = 0; passed < ms; passed += stepMs) {
    await clock.advance(stepMs)
    // Behind everything that was asked of the file meanwhile.
    for (let turns = 0; turns < 3; turns += 1) await outbox.counts()
  }
}

it.each([
  ['forward', DAY_MS],
  ['back', -DAY_MS],
])('attempts nothing twice when the clock is set %s by a day', async (_, jumpMs) => {
  await using place = await newFile()
  const clock = new FakeClock()
  const { one, other, first, second } = await startTwo(place.file, clock)

  clock.jump(jumpMs)
  await pass(clock, LEASE_MS * 4, other)

  expect(second.began).toEqual([])
  expect(first.aborted).toEqual([])
  first.end()
  await expect.poll(async () => (await other.get('a'))?.state).toBe('done')
  await Promise.all([one.close(), other.close()])
})

it.each([
  ['before', 0],
  ['after the clock was set forward by a day', DAY_MS],
  ['after the clock was set back by a day', -DAY_MS],
])('hands out what a dead worker held %s', async (_, jumpMs) => {
  await using place = await newFile()
  const clock = new FakeClock()
  const outbox = embedded({ file: place.file, thread: false, clock })
  await outbox.open(['email'])
  await outbox.enqueue([job('a')])
  const database = await openDatabase(place.file)
  database.exec(
    `UPDATE notiwire_job SET state=2, owner='dead', lease=1, lease_ms=${LEASE_MS}, lease_until=${clock.now() + LEASE_MS}, attempts=1`,
  )
  const { began } = startWorker(outbox)
  await pass(clock, LEASE_MS / 3, outbox)
  expect(began).toEqual([])

  clock.jump(jumpMs)
  await pass(clock, LEASE_MS * 3, outbox)

  await expect.poll(() => began).toEqual(['a'])
  database.close()
})

it('attempts what is due when the clock is set forward', async () => {
  await using place = await newFile()
  const clock = new FakeClock()
  const outbox = embedded({ file: place.file, thread: false, clock })
  await outbox.open(['email'])
  const { began, end } = startWorker(outbox)
  await outbox.enqueue([job('a', { runAt: clock.now() + DAY_MS / 2 })])
  await pass(clock, 1_000, outbox)
  expect(began).toEqual([])

  clock.jump(DAY_MS)
  await pass(clock, 1_000, outbox, 100)

  expect(began).toEqual(['a'])
  end()
  await outbox.close()
})

it('attempts all that fell due together, also of a channel that comes last', async () => {
  await using place = await newFile()
  const clock = new FakeClock()
  const outbox = embedded({ file: place.file, clock, thread: false })
  await outbox.open(['email', 'sms'])
  const runAt = clock.now() + 60_000
  const many = Array.from({ length: 11_000 }, (_, at) => ({ ...job(`sms-${at}`, { runAt }), channel: 'sms' }))
  await outbox.enqueue([...many, job('last', { runAt: runAt + 1 })])
  const { began, end } = startWorker(outbox)

  clock.jump(120_000)
  await pass(clock, 1_000, outbox, 100)

  expect(began).toEqual(['last'])
  const { sms, email } = await outbox.counts()
  expect((sms?.ready ?? 0) + (sms?.scheduled ?? 0)).toBe(11_000)
  expect(email).toMatchObject({ scheduled: 0, leased: 1 })
  end()
  await outbox.close()
})

it('holds a job for as long as its worker lives', async () => {
  await using place = await newFile()
  const clock = new FakeClock()
  const { one, other, first, second } = await startTwo(place.file, clock)

  await pass(clock, LEASE_MS * 5, one)

  expect(second.began).toEqual([])
  first.end()
  await Promise.all([one.close(), other.close()])
})

it('deletes what it kept long enough, and no more of it than it should keep', async () => {
  await using place = await newFile()
  const clock = new FakeClock()
  const keepDone = { ageMs: 600_000, count: 700 }
  const outbox = embedded({
    file: place.file,
    thread: false,
    clock,
    keepDone,
    keepDead: { ageMs: 1_200_000 },
  })
  await outbox.open(['email'])
  outbox.consume('email', {
    concurrency: 50,
    run: ({ id }) => Promise.resolve({ type: id === 'dead' ? 'dead' : 'done', record: '' }),
    settled: () => undefined,
  })
  await outbox.enqueue([...Array.from({ length: 2_000 }, (_, at) => job(`j${at}`)), job('dead')])
  const email = async () => (await outbox.counts())['email']
  await expect.poll(email).toMatchObject({ done: 2_000, dead: 1 })

  await pass(clock, 61_000, outbox)
  await expect.poll(email).toMatchObject({ done: 700, dead: 1 })
  await pass(clock, 600_000, outbox, 10_000)
  await expect.poll(email).toMatchObject({ done: 0, dead: 1 })
  await pass(clock, 660_000, outbox, 10_000)
  await expect.poll(email).toMatchObject({ done: 0, dead: 0 })
  await outbox.close()
})
