/** Sends every message of a file or of stdin, and keeps account of each: nothing is dropped in silence. */
import { NotifyError } from '../../core/errors.ts'
import type { BulkResult } from '../../facade/result.ts'
import { merged } from '../message/flags.ts'
import type { Item } from '../message/item.ts'
import type { Fields } from '../message/set-path.ts'
import { hashOf, type Entry } from './entry.ts'
import type { Ledger } from './ledger.ts'
import { failureOf, toLine, type ResultLine } from './result-line.ts'
import type { Sink } from './sink.ts'
import type { Tally } from './tally.ts'

/** A result by the place of its message among those that were handed over. */
export type Outcome = BulkResult | (ResultLine & { readonly index: number; readonly status: 'valid' })

export interface ManyInit {
  readonly channel: string
  readonly items: AsyncIterable<Item>
  /** Closes them, so that waiting for more comes to an end. */
  readonly close: () => void
  /** Fields of every message that does not give them itself. */
  readonly defaults: Fields
  readonly ledger: Ledger
  readonly sink: Sink
  readonly tally: Tally
  /** Sends, or only checks, what the source gives. */
  readonly deliver: (
    source: AsyncIterable<unknown>,
    entryOf: (place: number) => Entry | undefined,
  ) => AsyncIterable<Outcome>
  /** Whether to send again what may have gone out in an earlier run. */
  readonly isResendingUnknown: boolean
  readonly isVerbose: boolean
}

export class Many {
  readonly #init: ManyInit
  /** Those under way, by their place among the ones that were handed over. */
  readonly #underWay = new Map<number, Entry>()
  #handedOver = 0
  #isStopped = false
  /** Set where no message can be sent at all, such as for want of a package. */
  hopeless: NotifyError | undefined

  constructor(init: ManyInit) {
    this.#init = init
  }

  /** Takes no more messages; those under way get their results. */
  stop(): void {
    this.#isStopped = true
    this.#init.close()
  }

  /** @throws what reading the messages or writing the results failed with, after what was under way has ended */
  async run(): Promise<void> {
    const outcomes = this.#init.deliver(this.#source(), (place) => this.#underWay.get(place))
    for await (const outcome of outcomes) await this.#told(outcome)
  }

  async *#source(): AsyncGenerator<unknown, void, undefined> {
    let index = 0
    try {
      for await (const item of this.#init.items) {
        if (this.#isStopped) return
        const message = await this.#admit(item, index)
        index += 1
        if (message) yield message
      }
    } catch (cause) {
      // Being stopped, the source was closed in the middle.
      if (!this.#isStopped) throw cause
    }
  }

  /** The message, where it is to be sent; else its result is told. */
  async #admit(item: Item, index: number): Promise<Fields | undefined> {
    const { channel, defaults, ledger, sink, tally } = this.#init
    const { line } = item
    if ('fault' in item) {
      const error = new NotifyError('INVALID_MESSAGE', item.fault)
      await this.#write({ index, line, channel, status: 'failed', ...failureOf(error, false) })
      return undefined
    }
    const message = merged(defaults, item.fields)
    const entry = { index, line, hash: hashOf(channel, message) }
    const before = ledger.stateOf(entry)
    if (before === 'sent') {
      tally.countSentBefore()
      return undefined
    }
    if (before === 'unknown' && !this.#init.isResendingUnknown) {
      await this.#write({ ...entry, channel, status: 'failed', ...failureOf(leftUnknown(), false) })
      return undefined
    }
    sink.started(entry)
    this.#underWay.set(this.#handedOver, entry)
    this.#handedOver += 1
    return message
  }

  async #told(outcome: Outcome): Promise<void> {
    const entry = this.#underWay.get(outcome.index)
    this.#underWay.delete(outcome.index)
    const line = outcome.status === 'valid' ? outcome : toLine(outcome, this.#init.isVerbose)
    await this.#write({ ...line, ...entry })
    if (outcome.status !== 'failed' || outcome.error.code !== 'INVALID_CONFIG') return
    this.hopeless = outcome.error
    this.stop()
  }

  async #write({ index, line, hash, ...rest }: ResultLine): Promise<void> {
    // In this order, so that whoever looks at the file finds the message first.
    const result = { index, line, hash, ...rest } as ResultLine
    this.#init.tally.count(result)
    await this.#init.sink.result(result)
  }
}

function leftUnknown(): NotifyError {
  const text = 'An earlier run did not learn whether it went out; --resend-unknown sends it again'
  return new NotifyError('ABORTED', text, { delivery: 'unknown' })
}
