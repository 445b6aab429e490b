/** The contract of a driver. Subclass it to add a channel or a provider; nothing else needs to change. */
import { nextTurn } from './clock.ts'
import type { Attempt, DeliveryContext, Receipt } from './delivery.ts'
import { NotifyError } from './errors.ts'
import { parse } from './parse.ts'
import { redacted, scrubber } from './redact.ts'
import type { StandardSchema } from './standard-schema.ts'

const BRAND = Symbol.for('notiwire.Notifier')

/**
 * A driver for one provider. `Input` is what callers write, `Message` what the schema makes of it.
 * The base owns `send`; a driver writes {@link deliver} and {@link toError}.
 */
export abstract class Notifier<Input = unknown, Message = Input, R extends Receipt = Receipt> {
  /** Carries the types to `notify.send`; never set. */
  declare readonly '~types'?: { readonly input: Input; readonly receipt: R }

  /** Who carries the message, as results and metrics name it: `smtp`, `aliyun`. */
  abstract readonly provider: string

  /** What a message must look like: any synchronous Standard Schema (zod, valibot, arktype). */
  protected abstract readonly schema: StandardSchema<Input, Message>

  /** True for drivers built on any copy of this package; never `instanceof`. */
  static isNotifier(value: unknown): value is Notifier {
    return typeof value === 'object' && value !== null && BRAND in value
  }

  /**
   * Checks an input and fills its defaults.
   * @throws {NotifyError} INVALID_MESSAGE, naming every wrong field
   */
  parse(input: unknown): Message {
    return parse(this.schema, input, 'INVALID_MESSAGE')
  }

  /**
   * Hands one parsed message to the provider, once. Settles when the attempt is aborted, whatever the driver does.
   * @throws {NotifyError} what {@link toError} makes of the refusal, secrets and recipients cut out
   */
  send(message: Message, attempt: Attempt): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      attempt.onAbort((reason) => {
        nextTurn(() => reject(this.#abandoned(reason, message)))
      })
      this.#deliver(message, attempt).then(resolve, (cause: unknown) => {
        reject(this.#explain(cause, message, attempt))
      })
    })
  }

  /**
   * Checks credentials and reachability without sending anything.
   * @returns false where the driver cannot check
   * @throws {NotifyError} what is wrong
   */
  async verify(attempt: Attempt): Promise<boolean> {
    if (!this.check) return false
    try {
      await new Promise<void>((resolve, reject) => {
        attempt.onAbort((reason) => {
          nextTurn(() => reject(reason))
        })
        this.check?.(attempt).then(resolve, reject)
      })
      return true
    } catch (cause) {
      throw this.#explain(cause, undefined, attempt)
    }
  }

  /** Frees sockets and timers. Safe to call twice. */
  async close(): Promise<void> {}

  /** Makes the call. The happy path only: throw anything, {@link toError} sorts it. */
  protected abstract deliver(message: Message, context: DeliveryContext): Promise<R>

  /**
   * Translates whatever {@link deliver} threw. Where the provider could have accepted the message, or nobody
   * knows, the error says `delivery: 'unknown'`. `message` is absent for errors of {@link check}.
   */
  protected abstract toError(cause: unknown, message?: Message): NotifyError

  /** Asks the provider whether the credentials hold, without sending. */
  protected check?(context: DeliveryContext): Promise<void>

  /** Every secret and address that must not stand in an error: credentials always, the message's own when given. */
  protected secrets(message?: Message): Iterable<string> {
    void message
    return []
  }

  async #deliver(message: Message, attempt: Attempt): Promise<R> {
    const receipt: unknown = await this.deliver(message, attempt)
    if (isReceipt<R>(receipt)) return receipt
    throw new NotifyError('DRIVER_FAILED', 'The driver returned no receipt with a providerId', {
      delivery: 'unknown',
    })
  }

  #explain(cause: unknown, message: Message | undefined, attempt: Attempt): NotifyError {
    const error = NotifyError.isNotifyError(cause) ? cause : this.#translate(cause, message)
    const reason = attempt.abortReason
    const told = reason && error !== reason ? stopped(reason, error) : error
    return redacted(told, scrubber(this.secrets(message)))
  }

  #translate(cause: unknown, message: Message | undefined): NotifyError {
    try {
      return this.toError(cause, message)
    } catch (second) {
      return new NotifyError('DRIVER_FAILED', 'The driver could not explain its failure', { cause: second })
    }
  }

  #abandoned(reason: NotifyError, message: Message): NotifyError {
    return redacted(stopped(reason, undefined), scrubber(this.secrets(message)))
  }
}

Object.defineProperty(Notifier.prototype, BRAND, { value: true })

/** The reason for stopping, with what the driver knows of the message's fate; unknown where it says nothing. */
function stopped(reason: NotifyError, told: NotifyError | undefined): NotifyError {
  const delivery = told?.delivery ?? 'unknown'
  return new NotifyError(reason.code, reason.message, {
    delivery,
    provider: told?.provider,
    cause: told?.cause ?? told,
  })
}

function isReceipt<R extends Receipt>(value: unknown): value is R {
  if (typeof value !== 'object' || value === null || !('providerId' in value)) return false
  return typeof value.providerId === 'string' && value.providerId !== ''
}

export type AnyNotifier = Notifier<unknown, unknown, Receipt>
export type InputOf<N> = N extends { readonly '~types'?: { readonly input: infer Input } } ? Input : never
export type ReceiptOf<N> = N extends { readonly '~types'?: { readonly receipt: infer R extends Receipt } }
  ? R
  : Receipt
