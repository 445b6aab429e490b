/** A file that fails for a while: what was attempted meanwhile is noted down when it works again. */
import { expect, it } from 'vitest'
import { openDatabase } from '../../../src/outbox/embedded/database.ts'
import { embedded } from '../../../src/outbox/embedded.ts'
import type { JobOutcome } from '../../../src/index.ts'
import { newFile } from './support/processes.ts'

it('notes down what was sent when another process lets go of the file', { timeout: 60_000 }, async () => {
  await using place = await newFile()
  const outbox = embedded({ file: place.file, thread: true, pollMs: 20, leaseMs: 1_000 })
  await outbox.open(['email'])
  let end: (outcome: JobOutcome) => void = () => undefined
  const began: number[] = []
  const settled: string[] = []
  outbox.consume('email', {
    concurrency: 1,
    run: ({ attempt }) => {
      began.push(attempt)
      return new Promise((resolve) => (end = resolve))
    },
    settled: ({ id }) => void settled.push(id),
  })
  await outbox.enqueue([{ id: 'a', channel: 'email', payload: '{}' }])
  await expect.poll(() => began).toEqual([1])
  const greedy = await openDatabase(place.file)
  greedy.exec('BEGIN IMMEDIATE')

  end({ type: 'done', record: 'sent' })
  // It waits for five seconds, and is told no.
  await expect(outbox.enqueue([{ id: 'b', channel: 'sms', payload: '{}' }])).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: expect.stringContaining('Another process') as string,
  })
  expect(settled).toEqual([])
  greedy.exec('COMMIT')

  await expect.poll(() => settled, { timeout: 20_000 }).toEqual(['a'])
  expect(await outbox.get('a')).toMatchObject({ state: 'done', attempts: 1 })
  expect(began).toEqual([1])
  greedy.close()
  await outbox.close()
})
