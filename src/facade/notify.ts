/** The facade: one `send` for every channel, and the one place where an error becomes a value. */
import { Attempt, Delivery, type AttemptRecord } from '../core/delivery.ts'
import { NotifyError } from '../core/errors.ts'
import type { AnyNotifier, InputOf, ReceiptOf } from '../core/notifier.ts'
import { compose, type Run } from '../pipeline/compose.ts'
import { deadline } from '../pipeline/deadline.ts'
import { idempotency, Reservations } from '../pipeline/idempotency.ts'
import { retry } from '../pipeline/retry.ts'
import { Timeouts } from '../pipeline/timeouts.ts'
import { validate } from '../pipeline/validate.ts'
import { CallerSignals } from './caller-signals.ts'
import { closeDriver } from './close-driver.ts'
import { closed, toNotifyError, unknownChannel } from './failures.ts'
import { InFlight } from './in-flight.ts'
import { Lanes } from './lanes.ts'
import {
  readCloseOptions,
  readNotifyOptions,
  readSendOptions,
  readVerifyOptions,
  type Channels,
  type CloseOptions,
  type NotifyOptions,
  type SendLimits,
  type SendOptions,
  type Settings,
  type VerifyOptions,
} from './options.ts'
import type { ProviderHealth, SendResult, VerifyResult } from './result.ts'

/** How long an idempotency key is remembered. */
const KEY_TTL_MS = 24 * 3_600_000

const NO_OPTIONS: SendOptions = {}

export class Notify<C extends Channels> {
  readonly #settings: Settings
  readonly #runs = new Map<string, Run>()
  readonly #inFlight: InFlight
  readonly #signals = new CallerSignals()
  /** What every delivery and check under way waits in, so that closing can give them up. */
  readonly #deadlines: Timeouts
  readonly #attempts: Timeouts
  readonly #lanes: Lanes
  #closing: Promise<void> | undefined

  constructor(options: NotifyOptions<C>) {
    this.#settings = readNotifyOptions(options)
    const { clock, channels } = this.#settings
    this.#deadlines = new Timeouts(clock, { keepAlive: true })
    // A delivery's deadline keeps the process alive for its attempts too.
    this.#attempts = new Timeouts(clock, { keepAlive: false })
    this.#inFlight = new InFlight(clock, this.#deadlines)
    this.#lanes = new Lanes(this.#settings, this.#attempts)
    const keys = new Reservations(KEY_TTL_MS, clock)
    for (const [name, notifier] of channels) {
      const stages = [
        validate(notifier),
        ...(this.#settings.keepsKeys ? [idempotency(keys)] : []),
        deadline(this.#deadlines, clock),
        retry(this.#settings.retry, clock),
      ]
      this.#runs.set(name, compose(stages, this.#lanes.to(notifier)))
    }
  }

  /**
   * Sends one message on one channel and says what happened. Resolves always, unless `debug` is on.
   * @throws {NotifyError} in debug mode only: any failure, with the driver's own exception as its cause
   */
  async send<K extends keyof C & string>(
    channel: K,
    message: InputOf<C[K]>,
    options: SendOptions = NO_OPTIONS,
  ): Promise<SendResult<ReceiptOf<C[K]>>> {
    const id = crypto.randomUUID()
    const attempts: AttemptRecord[] = []
    let delivery: Delivery | undefined
    let forget: (() => void) | undefined
    this.#inFlight.enter()
    try {
      const run = this.#runOf(channel)
      const { signal, idempotencyKey, deadlineMs, attemptTimeoutMs } = this.#withDefaults(options)
      const limits = { deadlineMs, attemptTimeoutMs }
      delivery = new Delivery({ id, channel, message, idempotencyKey, ...limits, attempts })
      forget = signal && this.#signals.heed(signal, delivery)
      const receipt = (await run(delivery)) as ReceiptOf<C[K]>
      return { status: 'sent', ...this.#told(channel, delivery), receipt }
    } catch (cause) {
      const error = toNotifyError(cause, attempts.length > 0)
      if (this.#settings.debug) throw error
      return {
        status: 'failed',
        ...this.#told(channel, delivery ?? { id, attempts, duplicateOf: undefined }),
        error,
      }
    } finally {
      this.#inFlight.leave()
      forget?.()
    }
  }

  /**
   * Checks every channel's credentials without sending anything. What is wrong with a channel is in its result.
   * @throws {NotifyError} INVALID_CONFIG, when the options are wrong
   */
  async verify(options: VerifyOptions = {}): Promise<{ [K in keyof C]: VerifyResult }> {
    const { timeoutMs = 10_000 } = readVerifyOptions(options)
    this.#inFlight.enter()
    try {
      const entries = [...this.#settings.channels].map(async ([name, notifier]) => {
        return [name, await this.#verify(notifier, timeoutMs)] as const
      })
      return Object.fromEntries(await Promise.all(entries)) as { [K in keyof C]: VerifyResult }
    } finally {
      this.#inFlight.leave()
    }
  }

  /** Whether each channel's providers are being used now, by what their last tries told. Asks nobody. */
  health(): { [K in keyof C]: readonly ProviderHealth[] } {
    const entries = [...this.#settings.channels].map(([name, notifier]) => {
      return [name, this.#lanes.health(notifier)] as const
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

  #withDefaults(options: SendOptions): SendOptions & SendLimits {
    if (options === NO_OPTIONS) return this.#settings
    const { deadlineMs, attemptTimeoutMs, idempotencyKey, signal } = readSendOptions(options)
    return {
      idempotencyKey,
      signal,
      deadlineMs: deadlineMs ?? this.#settings.deadlineMs,
      attemptTimeoutMs: attemptTimeoutMs ?? this.#settings.attemptTimeoutMs,
    }
  }

  /** What every result says of its delivery. */
  #told(channel: string, delivery: Pick<Delivery, 'id' | 'attempts' | 'duplicateOf'>) {
    const { id, attempts } = delivery.duplicateOf ?? delivery
    // Who made the last try, where a channel has several providers.
    const provider = attempts.at(-1)?.provider ?? this.#settings.channels.get(channel)?.provider ?? ''
    return { id, channel, provider, attempts, ...(delivery.duplicateOf && { duplicate: true as const }) }
  }

  #runOf(channel: string): Run {
    const run = this.#runs.get(channel)
    if (!run) throw unknownChannel(channel, [...this.#runs.keys()])
    if (this.#closing) throw closed()
    return run
  }

  async #verify(notifier: AnyNotifier, timeoutMs: number): Promise<VerifyResult> {
    const { clock } = this.#settings
    const { provider } = notifier
    const startedAt = clock.monotonic()
    const check = new Attempt({ id: crypto.randomUUID(), attemptTimeoutMs: timeoutMs })
    const wait = this.#deadlines.add(check, timeoutMs)
    try {
      if (this.#closing) throw closed()
      const isChecked = await notifier.verify(check)
      return { status: isChecked ? 'ok' : 'unchecked', provider, ms: clock.monotonic() - startedAt }
    } catch (cause) {
      return {
        status: 'failed',
        provider,
        ms: clock.monotonic() - startedAt,
        error: toNotifyError(cause, false),
      }
    } finally {
      wait.cancel()
    }
  }

  async #close(drainMs: number): Promise<void> {
    await this.#inFlight.drain(drainMs)
    const drivers = [...new Set(this.#settings.channels.values())]
    const outcomes = await Promise.allSettled(
      drivers.map((driver) => closeDriver(driver, this.#settings.clock)),
    )
    this.#deadlines.close()
    this.#attempts.close()
    const causes = outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? [outcome.reason as unknown] : [],
    )
    if (causes.length === 0) return
    throw new NotifyError('DRIVER_FAILED', 'A driver did not close', { cause: new AggregateError(causes) })
  }
}

/** @throws {NotifyError} INVALID_CONFIG, naming every wrong option */
export function createNotify<const C extends Channels>(options: NotifyOptions<C>): Notify<C> {
  return new Notify(options)
}
