/**
 * A program with an outbox on a file, which closes it when it is told to stop. `slow` and `fast` deliver ten messages, which are enqueued
 * once; `poison` has a good one, and one at which the process dies.
 */
import { embedded } from '../../../../src/outbox/embedded.ts'
import { createNotify } from '../../../../src/index.ts'
import { MemoryNotifier } from '../../../support/memory-notifier.ts'

const [, , file = '', mode = ''] = process.argv
const say = (text: string) => void process.stdout.write(`${text}\n`)
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

const driver = new MemoryNotifier(async ({ text }, { id }) => {
  say(`begun ${text}`)
  if (mode === 'slow') await pause(300)
  if (text === 'poison') {
    say('dying')
    // What was said has to be out.
    await pause(50)
    process.kill(process.pid, 'SIGKILL')
    await pause(10_000)
  }
  return { providerId: id, at: 1 }
})

const names = new Map<string, string>()
let allEnqueued: () => void = () => undefined
/** An end may come before we know what it is the end of. */
const enqueued = new Promise<void>((resolve) => (allEnqueued = resolve))
const notify = createNotify({
  channels: { memory: driver },
  outbox: {
    engine: embedded({ file, leaseMs: 300, pollMs: 10 }),
    concurrency: 2,
    onUnknown: 'retry',
    retry: { tries: 3, baseDelayMs: 1 },
  },
  hooks: {
    onEvent: async (event) => {
      await enqueued
      if (event.type === 'sent') say(`sent ${names.get(event.id) ?? ''}`)
      if (event.type === 'failed') say(`failed ${names.get(event.id) ?? ''} ${event.error.delivery}`)
    },
  },
})
process.once('SIGTERM', () => void notify.close())

const texts = mode === 'poison' ? ['good', 'poison'] : Array.from({ length: 10 }, (_, at) => `message-${at}`)
for (const text of texts) {
  // At every start, and one delivery all the same.
  const { id } = await notify.enqueue('memory', { to: 'ann', text }, { idempotencyKey: text })
  names.set(id, text)
}
allEnqueued()
