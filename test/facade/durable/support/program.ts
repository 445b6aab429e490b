/**
 * A program with an outbox on a file, which closes it when it is told to stop. `slow` and `fast` deliver ten messages, which are enqueued
 * once; a slow delivery takes until the program is told to stop. `poison` has a good one, and one at which the process dies.
 */
import { once } from 'node:events'
import { embedded } from '../../../../src/outbox/embedded.ts'
import { createNotify } from '../../../../src/index.ts'
import { MemoryNotifier } from '../../../support/memory-notifier.ts'

const [, , file = '', mode = ''] = process.argv
const say = (text: string) => new Promise<unknown>((resolve) => process.stdout.write(`${text}\n`, resolve))
const toldToStop = once(process, 'SIGTERM')
const never = new Promise<never>(() => undefined)

let goodIsSent: () => void = () => undefined
const goodSent = new Promise<void>((resolve) => (goodIsSent = resolve))

const driver = new MemoryNotifier(async ({ text }, { id }) => {
  void say(`begun ${text}`)
  if (mode === 'slow') await toldToStop
  if (text === 'poison') {
    // Or nobody would hear of its neighbour.
    await goodSent
    // What was said has to be out.
    await say('dying')
    process.kill(process.pid, 'SIGKILL')
    await never
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
      if (event.type === 'failed') void say(`failed ${names.get(event.id) ?? ''} ${event.error.delivery}`)
      if (event.type !== 'sent') return
      const name = names.get(event.id) ?? ''
      void say(`sent ${name}`)
      if (name === 'good') goodIsSent()
    },
  },
})
process.once('SIGTERM', () => void notify.close())

const texts = mode === 'poison' ? ['good', 'poison'] : Array.from({ length: 10 }, (_, at) => `message-${at}`)
for (const text of texts) {
  // At every start, and one delivery all the same.
  const { id, duplicate } = await notify.enqueue('memory', { to: 'ann', text }, { idempotencyKey: text })
  names.set(id, text)
  // Sent by the first of the processes, or that would live still.
  if (text === 'good' && duplicate) goodIsSent()
}
allEnqueued()
