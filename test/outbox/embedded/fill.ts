/** A program that keeps jobs until it is killed, and says of each on its output that it was accepted. */
import { systemClock } from '../../../src/core/clock.ts'
import { openDatabase } from '../../../src/outbox/embedded/database.ts'
import { GroupCommit } from '../../../src/outbox/embedded/group-commit.ts'
import { Store } from '../../../src/outbox/embedded/store.ts'

const CALLERS = 50

const [, , file = '', name = ''] = process.argv
const store = new Store({ database: await openDatabase(file), clock: systemClock, leaseMs: 30_000 })
const group = new GroupCommit(store)

async function callForever(caller: number): Promise<void> {
  for (let at = 0; ; at += 1) {
    const job = { id: `${name}-${caller}-${at}`, channel: 'email', payload: '{"to":"a@example.com"}' }
    const { id } = await group.submit(() => store.insert(job))
    process.stdout.write(`${id}\n`)
  }
}

await Promise.all(Array.from({ length: CALLERS }, (_, caller) => callForever(caller)))
