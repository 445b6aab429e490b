/** The contract of a driver. Subclass it to add a channel or a provider; nothing else needs to change. */
import { nextTurn } from './clock.ts'
import type { Attempt, DeliveryContext, Receipt } from './delivery.ts'
import type { Endpoint } from './endpoint.ts'
import { changed, NotifyError } from './errors.ts'
import type { Certainty } from './failures.ts'
import { parse } from './parse.ts'
import type { ProviderTemplate } from './provider-template.ts'
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

  /**
   * Whether the provider recognises a second handover of one delivery (same id, same idempotency key) and makes
   * one message of both. Then a try with an unknown outcome is repeated.
   */
  readonly deduplicates: boolean = false

  /**
   * What a durable delivery does after an attempt of which nobody can tell whether the provider has the message:
   * makes another, or is held as `unknown` until somebody decides. `retry` where a second message does little harm.
   */
  readonly onUnknown: 'retry' | 'hold' = 'hold'

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
        nextTurn(() => reject(this.#cleaned(this.#stopped(reason), message)))
      })
      this.#deliver(message, attempt).then(resolve, (cause: unknown) => {
        const error = this.#translate(cause, message)
        const reason = attempt.abortReason
        reject(this.#cleaned(reason ? this.#stopped(reason, error) : error, message))
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
      await this.#check(attempt)
      return true
    } catch (cause) {
      const error = this.#translate(cause)
      const reason = attempt.abortReason
      // Nothing was to be sent, whatever the driver says of its transport.
      throw this.#cleaned(withCertainty(reason ? this.#stopped(reason, error) : error, 'not_sent'))
    }
  }

  /** What a failure outside of a send means, such as one of {@link close}; secrets cut out. */
  explain(cause: unknown): NotifyError {
    return this.#cleaned(this.#translate(cause))
  }

  /**
   * Whom the message is for, in the one form in which callers may list addresses: the guard, the suppression store
   * and limits per recipient go by it. A driver without it can be used with none of them.
   */
  recipients?(message: Message): readonly string[]

  /**
   * The same message for `to` instead of all its recipients.
   * @throws {NotifyError} INVALID_MESSAGE, where `to` is no address of this channel
   */
  redirected?(message: Message, to: string): Message

  /**
   * Asks the provider for a delivery that an attempt since `triedAt` (epoch milliseconds) may have handed over, by
   * its id: a durable delivery asks before it makes another attempt, or is held.
   * @returns the receipt where the provider has the message; nothing where it certainly has not
   * @throws where the provider cannot say, or cannot say yet
   */
  lookUp?(message: Message, context: DeliveryContext, triedAt: number): Promise<R | undefined>

  /**
   * What would go to the provider, without sending it: for tests and previews. Fails as a send would fail before
   * it reaches the provider.
   */
  render?(message: Message, context: DeliveryContext): Promise<unknown>

  /**
   * The driver to use in sandbox mode: one like this with `settings` in place of its own, which point to the sandbox;
   * itself, where it reaches nobody outside of this process. A driver without it cannot be used in sandbox mode.
   */
  inSandbox?(settings: Readonly<Record<string, unknown>>): Notifier<Input, Message, R>

  /** Where it connects to, so that the way there can be examined. Connects nowhere itself, and tells no secret. */
  endpoints?(): readonly Endpoint[]

  /**
   * What the provider says of the account's templates: of those that the configuration names and, of `ids`, of those
   * that have this provider's form. Sends nothing.
   * @throws {NotifyError} what the provider refused, secrets cut out
   */
  knownTemplates?(ids: readonly string[], context: DeliveryContext): Promise<readonly ProviderTemplate[]>

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

  #check(attempt: Attempt): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      attempt.onAbort((reason) => {
        nextTurn(() => reject(reason))
      })
      // Through a promise, so that a check that throws at once is heard too.
      Promise.resolve()
        .then(() => this.check?.(attempt))
        .then(resolve, reject)
    })
  }

  #translate(cause: unknown, message?: Message): NotifyError {
    if (NotifyError.isNotifyError(cause)) return cause
    let told: unknown
    try {
      told = this.toError(cause, message)
    } catch {
      told = undefined
    }
    if (NotifyError.isNotifyError(told)) return told
    return new NotifyError('DRIVER_FAILED', 'The driver could not explain its failure', { cause })
  }

  /** The reason for stopping, with what the driver knows of the message's fate; unknown where it says nothing. */
  #stopped(reason: NotifyError, told?: NotifyError): NotifyError {
    if (told === reason) return reason
    return new NotifyError(reason.code, `${this.provider}: ${reason.message}`, {
      delivery: told?.delivery ?? 'unknown',
      provider: told?.provider,
      cause: told?.cause ?? told ?? reason.cause,
    })
  }

  /** Whatever goes wrong in here, the send must settle, and nothing unscrubbed may come out. */
  #cleaned(error: NotifyError, message?: Message): NotifyError {
    try {
      return redacted(error, scrubber(this.secrets(message)))
    } catch {
      const text = 'The text is withheld: the driver failed to name its secrets'
      return new NotifyError(error.code, text, { delivery: error.delivery })
    }
  }
}

Object.defineProperty(Notifier.prototype, BRAND, { value: true })

function withCertainty(error: NotifyError, delivery: Certainty): NotifyError {
  return Object.defineProperty(changed(error, { delivery }), 'stack', { value: error.stack })
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
