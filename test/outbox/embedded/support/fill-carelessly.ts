/** Enqueues as `child.ts fill` does, on a connection that does not wait for the disk. */
import { systemClock } from '../../../../src/core/clock.ts'
import { openDatabase } from '../../../../src/outbox/embedded/database.ts'
import { Executor } from '../../../../src/outbox/embedded/executor.ts'
import { Reserve } from '../../../../src/outbox/embedded/reserve.ts'

const [, , file = ''] = process.argv
const database = await openDatabase(file)
const executor = new Executor({ database, reserve: new Reserve(file), clock: systemClock })
database.exec('PRAGMA synchronous=NORMAL')
// A checkpoint in between would save what was before it.
database.exec('PRAGMA wal_autocheckpoint=100000')

for (let at = 0; ; at += 1) {
  const jobs = [{ id: `job-${at}`, channel: 'email', payload: '{"to":"a@example.com"}' }]
  const [answer] = executor.execute([['insert', jobs]]) ?? []
  if (answer && 'value' in answer) process.stdout.write(`accepted job-${at}\n`)
  // Only a pipe that is not full takes lines one by one.
  if (at % 100 === 0) await new Promise((resolve) => setImmediate(resolve))
}
