/** Claims an idempotency key, says so, and never ends. Run by sharing.test.ts, which kills it. */
import { Redis } from 'ioredis'
import { createNotify } from '../../src/index.ts'
import { redisIdempotency } from '../../src/redis/index.ts'
import { MemoryNotifier } from '../support/memory-notifier.ts'

const LEASE_MS = 300

const keys = redisIdempotency(new Redis(Number(process.argv[2]), '127.0.0.1'))
const notify = createNotify({
  channels: { memory: new MemoryNotifier(sayAndHang) },
  // A lease as it really is would outlast a test's patience.
  idempotency: {
    store: {
      claim: (key, claim) => keys.claim(key, { ...claim, leaseMs: LEASE_MS }),
      settle: (key, id, outcome) => keys.settle(key, id, outcome),
      release: (key, id) => keys.release(key, id),
    },
  },
})
await notify.send('memory', { to: 'someone@example.com' }, { idempotencyKey: 'order-42' })

function sayAndHang(): Promise<never> {
  process.stdout.write('sending')
  return new Promise(() => undefined)
}
