/**
 * A process that is killed in the middle: enqueues (`enqueue`), delivers (`work`), or tells what the outbox holds (`report`).
 * Speaks with its parent over IPC; a message that the parent got is a message that was sent before the kill.
 */
import { createNotify } from '../../src/index.ts'
import { smtp } from '../../src/channels/email/index.ts'
import { engineOf, type EngineSpec } from './engine.ts'

export interface Order {
  readonly engine: EngineSpec
  readonly mode: 'enqueue' | 'work' | 'report'
  readonly smtpPort: number
  /** The numbers of the messages that are to be enqueued. */
  readonly from: number
  readonly to: number
}

/** What a child tells. */
export type Word =
  | { readonly acknowledged: readonly (readonly [number: number, id: string])[] }
  | { readonly isDone: true }
  | { readonly statuses: Readonly<Record<string, string>> }

const CALLERS = 50
const PAGE = 1_000

const order = JSON.parse(process.argv[2] ?? '') as Order
const { engine, mode, smtpPort, from, to } = order

const notify = createNotify({
  channels: {
    email: smtp({
      host: '127.0.0.1',
      port: smtpPort,
      from: 'crash@example.com',
      secure: false,
      requireTLS: false,
    }),
  },
  outbox: { engine: engineOf(engine), work: mode === 'work', concurrency: 50 },
})

const tell = (word: Word) =>
  new Promise<void>((resolve, reject) => {
    process.send?.(word, (cause: Error | null) => (cause ? reject(cause) : resolve()))
  })

let next = from

/** Asks again until it is kept, as an app would: the key sees to it that there is one delivery. */
async function enqueueOne(number: number): Promise<void> {
  const message = { to: `n${number}@example.com`, subject: `Number ${number}`, text: 'Hello.' }
  for (;;) {
    const result = await notify.enqueue('email', message, { idempotencyKey: `n${number}` })
    if (result.status === 'queued') return tell({ acknowledged: [[number, result.id]] })
    if (result.status === 'skipped') throw new Error('Nothing here is skipped')
    if (result.error.code !== 'UNAVAILABLE') throw result.error
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function caller(): Promise<void> {
  while (next < to) {
    const number = next
    next += 1
    await enqueueOne(number)
  }
}

async function report(): Promise<void> {
  let after: string | undefined
  do {
    const page = await notify.outbox.list({ limit: PAGE, after })
    const entries = page.deliveries.map(({ id, status }) => [id, status] as const)
    await tell({ statuses: Object.fromEntries(entries) })
    after = page.next
  } while (after !== undefined)
}

if (mode === 'enqueue') await Promise.all(Array.from({ length: CALLERS }, caller))
if (mode === 'report') await report()
if (mode !== 'work') {
  await tell({ isDone: true })
  await notify.close()
  process.disconnect()
}
