/** The facade: one `send` for every channel. */
import { NotifyError } from '../core/errors.ts'
import type { InputOf, ReceiptOf } from '../core/notifier.ts'
import { Timeouts } from '../pipeline/timeouts.ts'
import { warn } from '../pipeline/warn.ts'
import { Bulk } from './bulk.ts'
import { iteratorOf, readBulkOptions, type SendManyOptions, type Source } from './bulk-options.ts'
import { checkUp } from './check-up.ts'
import { closeDriver } from './close-driver.ts'
import { Durable, type OpenFile } from './durable/durable.ts'
import type { EnqueueOptions } from './durable/enqueue-options.ts'
import { OutboxDesk } from './durable/outbox-desk.ts'
import { statusOf, type DeliveryStatus } from './durable/status.ts'
import { closed } from './failures.ts'
import { emitTo, safely } from './hooks.ts'
import { InFlight } from './in-flight.ts'
import { Lines, type Line } from './lines.ts'
import {
  readCloseOptions,
  readVerifyOptions,
  type CloseOptions,
  type SendOptions,
  type VerifyOptions,
} from './call-options.ts'
import { readNotifyOptions, type Channels, type NotifyOptions, type Settings } from './options.ts'
import type { BulkResult, EnqueueResult, ProviderHealth, SendResult, VerifyResult } from './result.ts'
import { SandboxMode, type OpenSandbox } from './sandbox/mode.ts'
import { Sender } from './sender.ts'

/** What is loaded only where an option asks for it. */
export interface Openers {
  /** Makes the outbox of a file. */
  readonly openFile?: OpenFile
  readonly openSandbox?: OpenSandbox
}

export class Notify<C extends Channels> {
  readonly #settings: Settings
  readonly #inFlight: InFlight
  /** What every delivery and check under way waits in, so that closing can give them up. */
  readonly #deadlines: Timeouts
  readonly #lines: Lines
  readonly #sender: Sender
  readonly #durable: Durable
  readonly #desk: OutboxDesk
  readonly #sandbox: SandboxMode | undefined
  /** Every `sendMany` under way. */
  readonly #bulks = new Set<Bulk>()
  #closing: Promise<void> | undefined

  constructor(options: NotifyOptions<C>, { openFile, openSandbox }: Openers = {}) {
    const given = readNotifyOptions(options)
    this.#sandbox = given.sandbox === false ? undefined : new SandboxMode(given, openSandbox)
    const settings = this.#sandbox?.settings ?? given
    const { clock, hooks } = settings
    this.#settings = settings
    this.#deadlines = new Timeouts(clock, { keepAlive: true })
    this.#inFlight = new InFlight(clock, this.#deadlines)
    this.#lines = new Lines(settings, this.#deadlines)
    const emit = emitTo(hooks)
    const inFlight = this.#inFlight
    this.#sender = new Sender({ settings, inFlight, emit, runOf: (name) => this.#lineOf(name).send })
    this.#durable = new Durable({
      ...{ settings, inFlight, emit, openFile },
      admitOf: (name) => this.#lineOf(name).admit,
      // Also while it is being closed: what was begun is to be ended.
      attemptOf: (name) => this.#lines.get(name).attempt,
    })
    this.#desk = new OutboxDesk({ outbox: () => this.#durable.outbox(), now: () => clock.now() })
  }

  /**
   * Sends one message on one channel and says what happened. Resolves always, unless `debug` is on.
   * @throws {NotifyError} in debug mode only: any failure, with the driver's own exception as its cause
   */
  async send<K extends keyof C & string>(
    channel: K,
    message: InputOf<C[K]>,
    options?: SendOptions,
  ): Promise<SendResult<ReceiptOf<C[K]>>> {
    const result = await this.#sender.send({ channel, message, options, isBulk: false })
    if (this.#settings.debug && result.status === 'failed') throw result.error
    return result as SendResult<ReceiptOf<C[K]>>
  }

  /**
   * Sends every message of a source, many at a time, and gives the results as they come, each with the index of its
   * message; what fails is told in its result, in debug mode too. Nothing is sent before the results are read, and
   * the source is read no faster than they are. Leaving the loop early sends no more.
   * @throws {NotifyError} INVALID_MESSAGE, UNKNOWN_CHANNEL, CLOSED, at once; while reading, what the source throws
   */
  sendMany<K extends keyof C & string>(
    channel: K,
    source: Source<InputOf<C[K]>>,
    options: SendManyOptions<InputOf<C[K]>> = {},
  ): AsyncGenerator<BulkResult<ReceiptOf<C[K]>>, void, undefined> {
    this.#lineOf(channel)
    const { concurrency, settings } = readBulkOptions(options as SendManyOptions, this.#settings)
    const { onProgress, idempotencyKey } = options
    const { signal } = settings
    const bulk = new Bulk({
      source: iteratorOf(source),
      concurrency,
      signal,
      send: (message, index) => {
        const key = idempotencyKey && keyFrom(() => idempotencyKey(message as InputOf<C[K]>, index))
        // What is no key is told in the result of its message.
        const own = idempotencyKey ? { options: { ...settings, idempotencyKey: key } } : { settings }
        return this.#sender.send({ channel, message, ...own, isBulk: true })
      },
      onProgress: onProgress && safely('onProgress', onProgress),
    })
    return this.#tracked(bulk) as AsyncGenerator<BulkResult<ReceiptOf<C[K]>>, void, undefined>
  }

  /**
   * Keeps one message to be delivered whatever dies: when this resolves to `queued`, it is on the disk. It is attempted
   * until it is sent, expires, fails for good or is cancelled; {@link status} tells how far it is. Resolves always,
   * unless `debug` is on.
   * @throws {NotifyError} in debug mode only: any failure
   */
  async enqueue<K extends keyof C & string>(
    channel: K,
    message: InputOf<C[K]>,
    options: EnqueueOptions = {},
  ): Promise<EnqueueResult> {
    const result = await this.#durable.enqueue({ channel, message, options })
    if (this.#settings.debug && result.status === 'failed') throw result.error
    return result
  }

  /**
   * What happened to a delivery that was enqueued, as long as the outbox keeps it.
   * @throws {NotifyError} INVALID_CONFIG, where there is no outbox; UNAVAILABLE, where it cannot be asked
   */
  async status(id: string): Promise<DeliveryStatus | undefined> {
    const view = await this.#durable.get(id)
    return view && statusOf(view)
  }

  /**
   * Takes back a delivery that was enqueued. `signalled`: it is being attempted now, and is given up where that is
   * still possible. `gone`: there is none of this id, or it has ended.
   * @throws {NotifyError} INVALID_CONFIG, where there is no outbox; UNAVAILABLE, where it cannot be asked
   */
  cancel(id: string): Promise<'cancelled' | 'signalled' | 'gone'> {
    return this.#durable.cancel(id)
  }

  /** What can be seen of the outbox, and done about it. */
  get outbox(): OutboxDesk {
    return this.#desk
  }

  /**
   * Checks every channel's credentials without sending anything. What is wrong with a channel is in its result.
   * @throws {NotifyError} INVALID_CONFIG, when the options are wrong
   */
  async verify(options: VerifyOptions = {}): Promise<{ [K in keyof C]: VerifyResult }> {
    const { timeoutMs = 10_000 } = readVerifyOptions(options)
    const { clock, channels } = this.#settings
    const assertOpen = () => this.#assertOpen()
    this.#inFlight.enter()
    try {
      if (this.#settings.outbox !== undefined) await this.#warnOfOutbox()
      const entries = [...channels].map(async ([name, notifier]) => {
        const on = { clock, deadlines: this.#deadlines, timeoutMs, assertOpen }
        return [name, await checkUp(notifier, on)] as const
      })
      return Object.fromEntries(await Promise.all(entries)) as { [K in keyof C]: VerifyResult }
    } finally {
      this.#inFlight.leave()
    }
  }

  /** Whether each channel's providers are being used now, by what their last tries told. Asks nobody. */
  health(): { [K in keyof C]: readonly ProviderHealth[] } {
    const entries = [...this.#settings.channels].map(([name, notifier]) => {
      return [name, this.#lines.health(notifier)] as const
    })
    return Object.fromEntries(entries) as unknown as { [K in keyof C]: readonly ProviderHealth[] }
  }

  /**
   * Takes no more sends, waits for those in flight, then frees every socket and timer. Twice is fine.
   * Sends still in flight after `drainMs` fail as CLOSED.
   * @throws {NotifyError} INVALID_CONFIG, when the options are wrong; DRIVER_FAILED, when a driver did not close
   */
  async close(options: CloseOptions = {}): Promise<void> {
    const { drainMs = 10_000 } = readCloseOptions(options)
    this.#closing ??= this.#close(drainMs)
    await this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #lineOf(channel: string): Line {
    const line = this.#lines.get(channel)
    this.#assertOpen()
    return line
  }

  /** `outbox.verify()` tells the same as a value. */
  async #warnOfOutbox(): Promise<void> {
    const found = await this.#desk.verify()
    for (const text of found.warnings) warn(text)
    if (found.status === 'failed') warn('The outbox cannot be used', found.error)
  }

  #assertOpen(): void {
    if (this.#closing) throw closed()
  }

  /** @throws {NotifyError} CLOSED, where closing cut it short */
  async *#tracked(bulk: Bulk): AsyncGenerator<BulkResult, void, undefined> {
    this.#bulks.add(bulk)
    try {
      if (this.#closing) bulk.stopTaking()
      yield* bulk.results()
    } finally {
      this.#bulks.delete(bulk)
    }
    if (this.#closing && !bulk.isExhausted) throw closed()
  }

  async #close(drainMs: number): Promise<void> {
    for (const bulk of this.#bulks) bulk.stopTaking()
    this.#inFlight.enter()
    void this.#durable.stop().finally(() => this.#inFlight.leave())
    await this.#inFlight.drain(drainMs)
    await this.#durable.close()
    const drivers = [...new Set(this.#settings.channels.values())]
    const outcomes = await Promise.allSettled(
      drivers.map((driver) => closeDriver(driver, this.#settings.clock)),
    )
    this.#deadlines.close()
    this.#lines.close()
    await this.#sandbox?.close()
    const causes = outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? [outcome.reason as unknown] : [],
    )
    if (causes.length === 0) return
    throw new NotifyError('DRIVER_FAILED', 'A driver did not close', { cause: new AggregateError(causes) })
  }
}

/** Nothing, or what a caller's function throws, is a wrong key: where keys are made, no message is to go without. */
function keyFrom(make: () => string | null): string {
  try {
    return (make() ?? null) as string
  } catch {
    return Symbol('threw') as unknown as string
  }
}

/** @throws {NotifyError} INVALID_CONFIG, naming every wrong option */
export function createNotify<const C extends Channels>(
  options: NotifyOptions<C>,
  openers?: Openers,
): Notify<C> {
  return new Notify(options, openers)
}
