/** The outbox of one SDK: opened once, filled by `enqueue`, worked on until it is closed. */
import { NotifyError } from '../../core/errors.ts'
import type { Emit } from '../../core/events.ts'
import type { JobConsumer, JobView, Outbox } from '../../core/outbox.ts'
import { invalid } from '../../core/parse.ts'
import type { Run } from '../../pipeline/compose.ts'
import { warn } from '../../pipeline/warn.ts'
import { closed } from '../failures.ts'
import type { InFlight } from '../in-flight.ts'
import type { Settings } from '../options.ts'
import type { EnqueueResult } from '../result.ts'
import { Attempter } from './attempter.ts'
import { Intake, type Letter } from './intake.ts'
import { readOutbox, type OutboxSettings } from './options.ts'

export interface DurableInit {
  readonly settings: Settings
  readonly inFlight: InFlight
  readonly emit: Emit | undefined
  readonly admitOf: (channel: string) => Run
  readonly attemptOf: (channel: string) => Run
  /** Makes the outbox of a file. */
  readonly openFile: OpenFile | undefined
}

export type OpenFile = (file: string, init: Pick<Settings, 'clock'>) => Promise<Outbox>

export class Durable {
  readonly #init: DurableInit
  readonly #options: OutboxSettings | undefined
  readonly #intake: Intake
  readonly #consumers: JobConsumer[] = []
  #opening: Promise<Outbox> | undefined
  #isClosed = false

  constructor(init: DurableInit) {
    const { settings, emit, admitOf } = init
    this.#init = init
    this.#options = settings.outbox === undefined ? undefined : readOutbox(settings.outbox)
    this.#intake = new Intake({ settings, emit, admitOf, outbox: () => this.outbox() })
    // What an earlier process left behind is delivered without waiting for somebody to enqueue.
    if (this.#options?.isWorking) this.outbox().catch(() => undefined)
  }

  enqueue(letter: Letter): Promise<EnqueueResult> {
    return this.#intake.enqueue(letter)
  }

  /**
   * Once it is open. Where opening failed, it is tried again.
   * @throws {NotifyError} INVALID_CONFIG, where there is none; CLOSED; what opening it failed with
   */
  async outbox(): Promise<Outbox> {
    if (this.#isClosed) throw closed()
    this.#opening ??= this.#open()
    try {
      return await this.#opening
    } catch (cause) {
      this.#opening = undefined
      throw cause
    }
  }

  async get(id: string): Promise<JobView | undefined> {
    return (await this.outbox()).get(id)
  }

  /** @throws {NotifyError} UNAVAILABLE */
  async cancel(id: string): Promise<'cancelled' | 'signalled' | 'gone'> {
    const outbox = await this.outbox()
    const view = this.#init.emit && (await outbox.get(id))
    const answer = await outbox.cancel(id)
    if (answer === 'cancelled' && view) {
      const at = this.#init.settings.clock.now()
      this.#init.emit?.({ type: 'skipped', id, channel: view.channel, at, reason: 'cancelled' })
    }
    return answer
  }

  /** Takes no more; resolves when what is under way has been settled. */
  async stop(): Promise<void> {
    this.#isClosed = true
    // One that is just being opened has no consumers yet.
    await this.#opening?.catch(() => undefined)
    await Promise.all(this.#consumers.map((consumer) => consumer.close()))
  }

  /** After {@link stop}. */
  async close(): Promise<void> {
    const outbox = await this.#opening?.catch(() => undefined)
    await outbox?.close()
  }

  async #open(): Promise<Outbox> {
    const { settings, openFile } = this.#init
    const options = this.#options
    if (!options) throw invalid('INVALID_CONFIG', [{ path: 'outbox', message: 'is needed for this' }])
    const outbox = await this.#engineOf(options, openFile)
    const channels = [...settings.channels.keys()]
    try {
      await outbox.open(channels)
    } catch (cause) {
      warn('The outbox could not be opened; nothing in it is delivered', cause)
      throw cause
    }
    if (options.isWorking && !this.#isClosed) this.#work(outbox, options)
    return outbox
  }

  async #engineOf({ engine }: OutboxSettings, openFile: OpenFile | undefined): Promise<Outbox> {
    if (typeof engine !== 'string') return engine
    if (openFile) return openFile(engine, { clock: this.#init.settings.clock })
    throw new NotifyError('INVALID_CONFIG', 'outbox: a file cannot be opened from here; pass an outbox')
  }

  #work(outbox: Outbox, options: OutboxSettings): void {
    const attempter = new Attempter({ ...this.#init, outbox: options })
    for (const channel of this.#init.settings.channels.keys()) {
      const worker = attempter.workerOf(channel, () => consumer)
      const consumer = outbox.consume(channel, worker)
      this.#consumers.push(consumer)
    }
  }
}
