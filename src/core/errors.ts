/** The one error of the SDK. Thrown everywhere inside; turned into a result in `facade/` only. */
import { FAILURES, type Certainty, type Failure, type FailureCode } from './failures.ts'

/** What the provider said, for logs and support tickets; credentials and recipients are cut out. */
export interface ProviderReply {
  /** The provider's own code, word for word: an SMTP status, `isv.BUSINESS_LIMIT_CONTROL`, an errcode, an APNs reason. */
  readonly code: string
  readonly message: string
  /** The provider's id of the request, to quote to their support. */
  readonly requestId?: string
  /** HTTP status or SMTP reply code, where there was one. */
  readonly status?: number
}

/** One wrong field of a message, a configuration or the options of a call. */
export interface Issue {
  /** Where, such as `attachments.0.filename`; empty for the whole. */
  readonly path: string
  /** What was expected and what came. */
  readonly message: string
}

/** Why a recipient cannot be reached. */
export type RecipientReason = 'invalid' | 'refused' | 'unsubscribed'

export interface NotifyErrorDetails {
  readonly cause?: unknown
  readonly provider?: ProviderReply | undefined
  /** Milliseconds to wait before the next try, when the provider says so. */
  readonly retryAfterMs?: number | undefined
  /** Whether the provider could have accepted the message. @default by code, see {@link FAILURES} */
  readonly delivery?: Certainty | undefined
  /** What is at fault, where it is not what the code says: a RATE_LIMITED may concern one recipient only. */
  readonly scope?: Failure['scope'] | undefined
  /** Of RECIPIENT_REJECTED. */
  readonly reason?: RecipientReason | undefined
  /** Since when the address is dead, where the provider tells. */
  readonly since?: Date | undefined
  /** Of INVALID_MESSAGE and INVALID_CONFIG: every wrong field. */
  readonly issues?: readonly Issue[] | undefined
}

const BRAND = Symbol.for('notiwire.NotifyError')

export class NotifyError extends Error {
  override readonly name = 'NotifyError'
  readonly code: FailureCode
  /** Whether the provider could have accepted the message all the same. */
  readonly delivery: Certainty
  /** What is at fault. */
  readonly scope: Failure['scope']
  declare readonly provider?: ProviderReply
  declare readonly retryAfterMs?: number
  declare readonly reason?: RecipientReason
  declare readonly since?: Date
  declare readonly issues?: readonly Issue[]

  constructor(code: FailureCode, message: string, details: NotifyErrorDetails = {}) {
    const { cause, delivery, scope, retryAfterMs, ...rest } = details
    super(message, cause === undefined ? undefined : { cause })
    // What is no time to wait is not told as one.
    const facts = { ...(isDuration(retryAfterMs) && { retryAfterMs }), ...rest }
    this.code = code
    this.delivery = delivery ?? FAILURES[code].delivery
    this.scope = scope ?? FAILURES[code].scope
    for (const [name, value] of Object.entries(facts)) {
      if (value !== undefined) Object.defineProperty(this, name, { value, enumerable: true })
    }
  }

  /** True for errors of any copy of this package (ESM and CommonJS builds, other versions); never `instanceof`. */
  static isNotifyError(value: unknown): value is NotifyError {
    return value instanceof Error && BRAND in value
  }

  /** Whether the same message, unchanged, may succeed later without a risk of arriving twice. */
  get retryable(): boolean {
    return FAILURES[this.code].retry !== 'no' && this.delivery === 'not_sent'
  }

  toJSON(): object {
    const { name, code, message, scope, delivery, retryable } = this
    const { provider, retryAfterMs, reason, since, issues } = this
    return { name, code, message, scope, delivery, retryable, provider, retryAfterMs, reason, since, issues }
  }
}

Object.defineProperty(NotifyError.prototype, BRAND, { value: true })

function isDuration(ms: number | undefined): boolean {
  return ms !== undefined && Number.isFinite(ms) && ms >= 0
}

/** The same error with other details, or another text. */
export function changed(
  error: NotifyError,
  { message = error.message, ...details }: NotifyErrorDetails & { readonly message?: string },
): NotifyError {
  const { code, delivery, scope, provider, retryAfterMs, reason, since, issues, cause } = error
  const kept = { delivery, scope, provider, retryAfterMs, reason, since, issues, cause }
  return new NotifyError(code, message, { ...kept, ...details })
}
