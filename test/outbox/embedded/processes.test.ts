/** What several processes, living, frozen and dead, make of one file. */
import { expect, it } from 'vitest'
import { embedded } from '../../../src/outbox/embedded.ts'
import { openDatabase } from '../../../src/outbox/embedded/database.ts'
import { newFile, startChild } from './support/processes.ts'

const job = (id: string) => ({ id, channel: 'email', payload: '{}' })
const TIMEOUT = { timeout: 90_000 }

it('has every accepted job after a kill -9', TIMEOUT, async () => {
  await using place = await newFile()
  const accepted: string[] = []
  for (const name of ['first', 'second']) {
    const child = await startChild(place.file, 'fill', { name })
    await child.said('accepted', 3_000)
    await child.kill()
    accepted.push(...child.lines.flatMap((line) => /^accepted (\S+)$/.exec(line)?.[1] ?? []))
  }

  const database = await openDatabase(place.file)
  const ids = database.prepare('SELECT id FROM notiwire_job').all() as { id: string }[]
  const kept = new Set(ids.map(({ id }) => id))

  expect(accepted.length).toBeGreaterThanOrEqual(6_000)
  expect(accepted.filter((id) => !kept.has(id))).toEqual([])
  expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
  const counted = database.prepare('SELECT sum(jobs) AS jobs FROM notiwire_count').get()
  expect(counted).toEqual({ jobs: kept.size })
  database.close()
})

it('lets several processes attempt each job once', TIMEOUT, async () => {
  await using place = await newFile()
  await using one = await startChild(place.file, 'work', { name: 'one' })
  await using other = await startChild(place.file, 'work', { name: 'other' })
  await using filler = await startChild(place.file, 'fill')
  await filler.said('accepted', 2_000)
  await filler.kill()
  const accepted = filler.lines.filter((line) => line.startsWith('accepted')).length

  const begun = () => [...one.lines, ...other.lines].filter((line) => line.startsWith('settled'))
  await expect.poll(() => begun().length, { timeout: 30_000 }).toBeGreaterThanOrEqual(accepted)

  expect(new Set(begun()).size).toBe(begun().length)
})

it('hands out what a killed worker held, as one that may have gone out', TIMEOUT, async () => {
  await using place = await newFile()
  const outbox = embedded({ file: place.file, thread: false, leaseMs: 500, pollMs: 10 })
  await outbox.open(['email'])
  await outbox.enqueue([job('a')])
  const dead = await startChild(place.file, 'hold', { leaseMs: 500 })
  await dead.said('began a 1 false')
  await dead.kill()

  await using next = await startChild(place.file, 'work', { leaseMs: 500 })
  await next.said('began a 2 true')
  await next.said('settled a')

  expect(await outbox.get('a')).toMatchObject({ state: 'done', attempts: 2 })
  await outbox.close()
})

it('drops the outcome of a worker that was frozen past its lease', TIMEOUT, async () => {
  await using place = await newFile()
  const outbox = embedded({ file: place.file, thread: false, leaseMs: 500, pollMs: 10 })
  await outbox.open(['email'])
  await outbox.enqueue([job('a')])
  await using frozen = await startChild(place.file, 'hold', { name: 'frozen', leaseMs: 500 })
  await frozen.said('began a 1 false')
  frozen.process.kill('SIGSTOP')
  await using next = await startChild(place.file, 'work', { name: 'next', leaseMs: 500 })
  await next.said('settled a')

  frozen.process.kill('SIGCONT')
  await frozen.said('aborted a')
  frozen.endAttempts()
  // What it enqueues next is behind its outcome.
  await outbox.enqueue([job('b')])
  await expect
    .poll(() => [...frozen.lines, ...next.lines].some((line) => line.startsWith('began b')))
    .toBe(true)

  expect(await outbox.get('a')).toMatchObject({ state: 'done', record: 'by next' })
  expect(frozen.lines).not.toContain('settled a')
  await outbox.close()
})

it('tells a worker in another process that its job is cancelled', TIMEOUT, async () => {
  await using place = await newFile()
  const outbox = embedded({ file: place.file, thread: false, pollMs: 10 })
  await outbox.open(['email'])
  await outbox.enqueue([job('a')])
  await using worker = await startChild(place.file, 'hold')
  await worker.said('began a')

  expect(await outbox.cancel('a')).toBe('signalled')

  await worker.said('aborted a JobCancelled')
  await outbox.close()
})

it('pauses a channel for every process, and across restarts', TIMEOUT, async () => {
  await using place = await newFile()
  const outbox = embedded({ file: place.file, thread: false, pollMs: 10 })
  await outbox.open(['email'])
  await outbox.pause('email')
  await outbox.enqueue([job('a')])
  await using worker = await startChild(place.file, 'work')
  // It has looked at the file since: what it was told about another channel it has heard.
  await outbox.enqueue([{ ...job('c'), channel: 'sms' }])
  expect(await outbox.get('a')).toMatchObject({ state: 'ready' })

  await outbox.resume('email')

  await worker.said('settled a')
  expect(worker.lines.filter((line) => line.startsWith('began'))).toEqual(['began a 1 false'])
  await outbox.close()
})
