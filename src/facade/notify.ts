/** The facade: one `send` for every channel, and the one place where an error becomes a value. */
import { Attempt, Delivery } from '../core/delivery.ts'
import { NotifyError } from '../core/errors.ts'
import type { AnyNotifier, InputOf, ReceiptOf } from '../core/notifier.ts'
import { bareError } from '../core/redact.ts'
import { attempt } from '../pipeline/attempt.ts'
import { compose, type Run } from '../pipeline/compose.ts'
import { deadline } from '../pipeline/deadline.ts'
import { Timeouts } from '../pipeline/timeouts.ts'
import { validate } from '../pipeline/validate.ts'
import { InFlight } from './in-flight.ts'
import {
  checkSendOptions,
  readNotifyOptions,
  type Channels,
  type CloseOptions,
  type NotifyOptions,
  type SendOptions,
  type Settings,
} from './options.ts'
import type { SendResult, VerifyResult } from './result.ts'

const NO_OPTIONS: SendOptions = {}

export class Notify<C extends Channels> {
  readonly #settings: Settings
  readonly #runs = new Map<string, Run>()
  readonly #inFlight: InFlight
  #closing: Promise<void> | undefined

  constructor(options: NotifyOptions<C>) {
    this.#settings = readNotifyOptions(options)
    const { clock, channels } = this.#settings
    const deadlines = new Timeouts(clock, { keepAlive: true })
    this.#inFlight = new InFlight(clock, deadlines)
    // A delivery's deadline keeps the process alive for its attempts too.
    const attempts = new Timeouts(clock, { keepAlive: false })
    for (const [name, notifier] of channels) {
      this.#runs.set(
        name,
        compose([validate(notifier), deadline(deadlines)], attempt(notifier, clock, attempts)),
      )
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
    const delivery = this.#newDelivery(channel, message, options)
    const provider = this.#settings.channels.get(channel)?.provider ?? ''
    const { id, attempts } = delivery
    let forget: (() => void) | undefined
    this.#inFlight.enter()
    try {
      const run = this.#admit(delivery, options)
      forget = options.signal && heed(options.signal, delivery)
      const receipt = (await run(delivery)) as ReceiptOf<C[K]>
      return { status: 'sent', id, channel, provider, attempts, receipt }
    } catch (cause) {
      const error = toNotifyError(cause)
      if (this.#settings.debug) throw error
      return { status: 'failed', id, channel, provider, attempts, error }
    } finally {
      this.#inFlight.leave()
      forget?.()
    }
  }

  /**
   * Checks every channel's credentials without sending anything. Never throws.
   * @param options.timeoutMs milliseconds each channel may take, 10_000 by default
   */
  async verify({ timeoutMs = 10_000 } = {}): Promise<{ [K in keyof C]: VerifyResult }> {
    const entries = [...this.#settings.channels].map(async ([name, notifier]) => {
      return [name, await this.#verify(notifier, timeoutMs)] as const
    })
    return Object.fromEntries(await Promise.all(entries)) as { [K in keyof C]: VerifyResult }
  }

  /**
   * Takes no more sends, waits for those in flight, then frees every socket and timer. Twice is fine.
   * Sends still in flight after `drainMs` fail as CLOSED.
   */
  close({ drainMs = 10_000 }: CloseOptions = {}): Promise<void> {
    this.#closing ??= this.#close(drainMs)
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #newDelivery(channel: string, message: unknown, options: SendOptions): Delivery {
    const { deadlineMs, attemptTimeoutMs } = this.#settings
    // Whatever came: `#admit` refuses what is not an object, inside the try.
    const own = Object(options) as SendOptions
    return new Delivery({
      id: crypto.randomUUID(),
      channel,
      message,
      idempotencyKey: own.idempotencyKey,
      deadlineMs: own.deadlineMs ?? deadlineMs,
      attemptTimeoutMs: own.attemptTimeoutMs ?? attemptTimeoutMs,
    })
  }

  #admit(delivery: Delivery, options: SendOptions): Run {
    const run = this.#runs.get(delivery.channel)
    if (!run) throw unknownChannel(delivery.channel, [...this.#runs.keys()])
    if (this.#closing) throw new NotifyError('CLOSED', 'The SDK was closed; create a new one to send')
    if (options !== NO_OPTIONS) checkSendOptions(options)
    return run
  }

  async #verify(notifier: AnyNotifier, timeoutMs: number): Promise<VerifyResult> {
    const { clock } = this.#settings
    const { provider } = notifier
    const startedAt = clock.monotonic()
    const check = new Attempt({ id: crypto.randomUUID(), attemptTimeoutMs: timeoutMs })
    const timer = clock.setTimeout(() => check.expire(), timeoutMs)
    try {
      const isChecked = await notifier.verify(check)
      return { status: isChecked ? 'ok' : 'unchecked', provider, ms: clock.monotonic() - startedAt }
    } catch (cause) {
      return { status: 'failed', provider, ms: clock.monotonic() - startedAt, error: toNotifyError(cause) }
    } finally {
      timer.cancel()
    }
  }

  async #close(drainMs: number): Promise<void> {
    await this.#inFlight.drain(drainMs)
    const closing = [...new Set(this.#settings.channels.values())].map((notifier) => notifier.close())
    const failures = (await Promise.allSettled(closing)).filter((outcome) => outcome.status === 'rejected')
    if (failures.length > 0) {
      const causes = failures.map((failure) => failure.reason as unknown)
      throw new NotifyError('DRIVER_FAILED', 'A driver did not close', { cause: new AggregateError(causes) })
    }
  }
}

/** @throws {NotifyError} INVALID_CONFIG, naming every wrong option */
export function createNotify<const C extends Channels>(options: NotifyOptions<C>): Notify<C> {
  return new Notify(options)
}

/** Gives the delivery up when the caller's signal fires. Returns how to stop listening. */
function heed(signal: AbortSignal, delivery: Delivery): () => void {
  const abort = () => {
    delivery.abort(new NotifyError('ABORTED', 'The caller aborted the send', { cause: signal.reason }))
  }
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  return () => {
    signal.removeEventListener('abort', abort)
  }
}

function unknownChannel(channel: unknown, known: readonly string[]): NotifyError {
  const name = typeof channel === 'string' ? `"${channel.slice(0, 64)}"` : `a value of type ${typeof channel}`
  return new NotifyError(
    'UNKNOWN_CHANNEL',
    `No channel is named ${name}; there are: ${known.join(', ') || 'none'}`,
  )
}

function toNotifyError(cause: unknown): NotifyError {
  if (NotifyError.isNotifyError(cause)) return cause
  return new NotifyError('DRIVER_FAILED', 'The driver failed outside of its contract', {
    cause: bareError(cause),
  })
}
