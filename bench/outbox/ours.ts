/** Ours: `notify.enqueue` with every check, and a driver that does nothing. */
import { createNotify, Notifier, type NotifyError, type Outbox } from '../../src/index.ts'
import { MESSAGE, type Contestant } from './contestant.ts'

const anything = {
  '~standard': { version: 1, vendor: 'bench', validate: (value: unknown) => ({ value }) },
} as const

class NoOp extends Notifier {
  readonly provider = 'no-op'
  protected readonly schema = anything
  readonly #begun: () => void

  constructor(begun: () => void) {
    super()
    this.#begun = begun
  }

  protected deliver() {
    this.#begun()
    return Promise.resolve({ providerId: '1' })
  }

  protected toError(cause: unknown): NotifyError {
    throw cause
  }
}

export async function ours(outbox: Outbox, bytes: () => Promise<number>): Promise<Contestant> {
  let sent = 0
  let wanted = Number.POSITIVE_INFINITY
  let allSent: () => void = () => undefined
  const notify = createNotify({
    channels: { noop: new NoOp(() => self.onBegin?.()) },
    outbox: { engine: outbox, concurrency: 200 },
    hooks: {
      onEvent: ({ type }) => {
        if (type === 'sent' && (sent += 1) === wanted) allSent()
      },
    },
  })
  await notify.outbox.stats()
  await notify.outbox.pause('noop')
  const enqueue = async () => {
    const { status } = await notify.enqueue('noop', MESSAGE)
    if (status !== 'queued') throw new Error(`It was ${status}`)
  }
  const self: Contestant = {
    ...{ name: 'notiwire', enqueue, bytes, onBegin: undefined },
    enqueueMany: (count) => Promise.all(Array.from({ length: count }, enqueue)),
    deliver: async (count) => {
      const done = new Promise<void>((resolve) => (allSent = resolve))
      wanted = sent + count
      await notify.outbox.resume('noop')
      await done
    },
    close: () => notify.close(),
  }
  return self
}
