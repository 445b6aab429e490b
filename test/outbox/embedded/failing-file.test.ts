/** A file that fails for a while, or for good: who is told, and what comes of it afterwards. */
import { expect, it } from 'vitest'
import { embedded } from '../../../src/outbox/embedded.ts'
import { openDatabase } from '../../../src/outbox/embedded/database.ts'
import { GroupCommit } from '../../../src/outbox/embedded/group-commit.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import type { JobOutcome, Outbox } from '../../../src/index.ts'
import { newFile } from './support/processes.ts'

const job = (id: string, own: object = {}) => ({ id, channel: 'email', payload: '{}', ...own })

/** Makes every such change to the file fail, until it is told that the file is mended. */
async function breakFile(file: string, change: string) {
  const database = await openDatabase(file)
  database.exec(`CREATE TRIGGER broken BEFORE ${change} BEGIN SELECT RAISE(ABORT, 'broken'); END`)
  return {
    mend: () => {
      database.exec('DROP TRIGGER broken')
      database.close()
    },
  }
}

function startWorker(outbox: Outbox) {
  const began: string[] = []
  const settled: string[] = []
  const ends: (() => void)[] = []
  const consumer = outbox.consume('email', {
    concurrency: 2,
    run: ({ id }) => {
      began.push(id)
      return new Promise<JobOutcome>((resolve) => ends.push(() => resolve({ type: 'done', record: 'sent' })))
    },
    settled: ({ id }) => settled.push(id),
  })
  return { began, settled, consumer, end: () => ends.splice(0).forEach((end) => end()) }
}

it('notes down what was sent once the file works again, and sends nothing twice', async () => {
  await using place = await newFile()
  const clock = new FakeClock()
  const outbox = embedded({ file: place.file, thread: false, clock, leaseMs: 1_000 })
  await outbox.open(['email'])
  const { began, settled, end } = startWorker(outbox)
  await outbox.enqueue([job('a')])
  await expect.poll(() => began).toEqual(['a'])
  const broken = await breakFile(place.file, 'UPDATE OF ended_at ON notiwire_job')
  end()
  for (let turns = 0; turns < 50; turns += 1) await clock.advance(100)
  expect(settled).toEqual([])

  broken.mend()
  for (let turns = 0; turns < 50; turns += 1) await clock.advance(100)

  expect(settled).toEqual(['a'])
  expect(began).toEqual(['a'])
  expect(await outbox.get('a')).toMatchObject({ state: 'done', attempts: 1 })
  await outbox.close()
})

it('attempts nothing more than may be under way while outcomes cannot be noted down', async () => {
  await using place = await newFile()
  const clock = new FakeClock()
  const outbox = embedded({ file: place.file, thread: false, clock })
  await outbox.open(['email'])
  const { began, end } = startWorker(outbox)
  await outbox.enqueue(['a', 'b', 'c', 'd', 'e', 'f'].map((id) => job(id)))
  await expect.poll(() => began).toEqual(['a', 'b'])
  const broken = await breakFile(place.file, 'UPDATE OF ended_at ON notiwire_job')

  for (let turns = 0; turns < 30; turns += 1) {
    end()
    await clock.advance(100)
  }

  expect(began.length).toBeLessThanOrEqual(4)
  broken.mend()
  await expect
    .poll(async () => {
      end()
      await clock.advance(100)
      return (await outbox.counts())['email']?.done
    })
    .toBe(6)
  expect(began.length).toBe(6)
  await outbox.close()
})

it('closes though the file fails, and says of the job that it may have gone out', async () => {
  await using place = await newFile()
  const outbox = embedded({ file: place.file, thread: false, leaseMs: 100, pollMs: 5 })
  await outbox.open(['email'])
  const { began, end } = startWorker(outbox)
  await outbox.enqueue([job('a')])
  await expect.poll(() => began).toEqual(['a'])
  const broken = await breakFile(place.file, 'UPDATE OF ended_at ON notiwire_job')
  end()

  await outbox.close()

  broken.mend()
  const again = embedded({ file: place.file, thread: false, leaseMs: 100, pollMs: 5 })
  await again.open(['email'])
  const ambiguous: boolean[] = []
  again.consume('email', {
    concurrency: 1,
    run: ({ isAmbiguous }) => {
      ambiguous.push(isAmbiguous)
      return Promise.resolve({ type: 'done', record: '' })
    },
    settled: () => undefined,
  })
  await expect.poll(() => ambiguous).toEqual([true])
  await again.close()
})

it('takes jobs again after it could not for a while', async () => {
  await using place = await newFile()
  const clock = new FakeClock()
  const outbox = embedded({ file: place.file, thread: false, clock })
  await outbox.open(['email'])
  await outbox.enqueue([job('a')])
  const broken = await breakFile(place.file, 'UPDATE OF lease ON notiwire_job')
  const { began } = startWorker(outbox)
  for (let turns = 0; turns < 10; turns += 1) await clock.advance(100)
  expect(began).toEqual([])

  broken.mend()
  // Nothing else happens to the file that could remind it.
  for (let turns = 0; turns < 10; turns += 1) await clock.advance(100)

  expect(began).toEqual(['a'])
})

it('tells every caller of a group that could not be run at all', async () => {
  const group = new GroupCommit(() => {
    throw new Error('damaged')
  })

  const answers = await Promise.allSettled([group.call('counts'), group.call('get', 'a')])

  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
})

it('lets others work while somebody writes, and enqueues once that has ended', async () => {
  await using place = await newFile()
  const outbox = embedded({ file: place.file, thread: false })
  await outbox.open(['email'])
  const other = await openDatabase(place.file)
  other.exec('BEGIN IMMEDIATE')

  const asked = ['a', 'b', 'c'].map((id) => outbox.enqueue([job(id)]))
  let turns = 0
  // Would never come, were the event loop held up until the file is free.
  await new Promise<void>((resolve) => {
    const turn = () => ((turns += 1) < 50 ? setImmediate(turn) : resolve())
    setImmediate(turn)
  })
  other.exec('COMMIT')

  expect((await Promise.all(asked)).flat().map(({ status }) => status)).toEqual([
    'accepted',
    'accepted',
    'accepted',
  ])
  other.close()
  await outbox.close()
})

it('gives up on a file that somebody else writes for too long, all callers at once', async () => {
  await using place = await newFile()
  const clock = new FakeClock()
  const outbox = embedded({ file: place.file, thread: false, clock })
  await outbox.open(['email'])
  const other = await openDatabase(place.file)
  other.exec('BEGIN IMMEDIATE')

  const asked = Promise.allSettled(['a', 'b', 'c'].map((id) => outbox.enqueue([job(id)])))
  await clock.advance(6_000)

  for (const answer of await asked)
    expect(answer).toMatchObject({ status: 'rejected', reason: { code: 'UNAVAILABLE' } })
  other.exec('ROLLBACK')
  expect((await outbox.list({})).jobs).toEqual([])
  other.close()
  await outbox.close()
})

it('attempts what an earlier process scheduled, also where its worker comes late', async () => {
  await using place = await newFile()
  const clock = new FakeClock()
  const earlier = embedded({ file: place.file, thread: false, clock })
  await earlier.open(['email'])
  await earlier.enqueue([job('a', { runAt: clock.now() + 5_000 })])
  await earlier.close()
  const outbox = embedded({ file: place.file, thread: false, clock })
  await outbox.open(['email'])
  // It has looked at the file, and found nobody who works.
  for (let turns = 0; turns < 20; turns += 1) {
    await clock.advance(50)
    await outbox.counts()
  }

  const { began } = startWorker(outbox)
  for (let turns = 0; turns < 90; turns += 1) {
    await clock.advance(50)
    await outbox.counts()
  }

  expect(began).toEqual(['a'])
})

it('keeps times in whole milliseconds, whatever its clock says', async () => {
  await using place = await newFile()
  const clock = new FakeClock(1_000.25)
  const outbox = embedded({ file: place.file, thread: false, clock })
  await outbox.open(['email'])
  const { began, end } = startWorker(outbox)

  await outbox.enqueue([job('a')])
  await expect.poll(() => began).toEqual(['a'])
  end()

  await expect.poll(async () => (await outbox.get('a'))?.state).toBe('done')
  await outbox.close()
})
