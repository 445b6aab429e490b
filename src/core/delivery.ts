/** One message on its way to one recipient on one channel, and each try at it. */
import { NotifyError } from './errors.ts'
import type { DeadAddress } from './stores.ts'

/** The provider's word that it accepted the message. Accepted is not yet delivered. */
export interface Receipt {
  /** The provider's own id for the message, to look it up with them; ours where the provider gives none. */
  readonly providerId: string
}

/** What a driver may know of the delivery it makes an attempt at. */
export interface DeliveryContext {
  /** Of the delivery; the same at every try. */
  readonly id: string
  /** Number of this try; the first is 1. */
  readonly attempt: number
  readonly idempotencyKey: string | undefined
  /** Whether it is one of many, so that waiting a moment for others to send together pays. */
  readonly isBulk: boolean
  /**
   * Aborts when the caller gives up or the time is spent. Then stop the work, close the socket and reject
   * in the same turn, with an error that says whether the provider could have accepted the message.
   */
  readonly signal: AbortSignal
  /**
   * Tells that one of several recipients is dead, where neither the error nor the receipt says so of all of them.
   * Of a single recipient, a RECIPIENT_REJECTED with the reason `invalid` or `unsubscribed` tells enough.
   */
  reportDead(dead: Omit<DeadAddress, 'channel'>): void
}

/** One try, as told in the result. */
export interface AttemptRecord {
  readonly provider: string
  /** How long it took, in milliseconds. */
  readonly ms: number
  /** How long it waited for its turn before, in milliseconds, where limits made it wait. */
  readonly waitMs?: number
  /** Absent where the provider accepted. */
  readonly error?: NotifyError
}

/** What an attempt takes from its delivery. */
export interface AttemptInit {
  readonly id: string
  readonly idempotencyKey?: string | undefined
  readonly attemptTimeoutMs?: number
  readonly isBulk?: boolean
}

/** One try at a delivery. */
export class Attempt implements DeliveryContext {
  readonly id: string
  readonly attempt: number
  readonly idempotencyKey: string | undefined
  readonly isBulk: boolean
  /** Recipients that the driver called dead. */
  readonly dead: Omit<DeadAddress, 'channel'>[] = []
  readonly #timeoutMs: number
  #controller: AbortController | undefined
  #reason: NotifyError | undefined
  #heard: ((reason: NotifyError) => void) | undefined

  constructor(of: AttemptInit, attempt = 1) {
    this.id = of.id
    this.attempt = attempt
    this.idempotencyKey = of.idempotencyKey
    this.isBulk = of.isBulk ?? false
    this.#timeoutMs = of.attemptTimeoutMs ?? Number.POSITIVE_INFINITY
  }

  /** A getter, because building a signal costs 2 µs: only drivers that do I/O should pay it. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      if (this.#reason) this.#controller.abort(this.#reason)
    }
    return this.#controller.signal
  }

  /** Why the try was stopped, once it was. */
  get abortReason(): NotifyError | undefined {
    return this.#reason
  }

  reportDead(dead: Omit<DeadAddress, 'channel'>): void {
    this.dead.push(dead)
  }

  /** Stops the try; only the first reason counts. */
  abort(reason: NotifyError): void {
    if (this.#reason) return
    this.#reason = reason
    this.#controller?.abort(reason)
    this.#heard?.(reason)
  }

  /** Stops the try because its time is up. */
  expire(): void {
    this.abort(new NotifyError('TIMED_OUT', `No answer within ${this.#timeoutMs} ms`))
  }

  /** One listener, told after the signal's own. */
  onAbort(heard: (reason: NotifyError) => void): void {
    this.#heard = heard
  }
}

export interface DeliveryInit {
  readonly id: string
  readonly channel: string
  readonly message: unknown
  readonly idempotencyKey?: string | undefined
  readonly deadlineMs: number
  readonly attemptTimeoutMs: number
  /** Epoch milliseconds after which no try is begun. @default never */
  readonly expiresAt?: number | undefined
  readonly isBulk?: boolean
  /** Where every try is written down. @default an empty list */
  readonly attempts?: AttemptRecord[]
  /** Since when, in epoch milliseconds, a try before this delivery was begun may have gone out. @default none did */
  readonly triedAt?: number | undefined
}

/** Created once per send by the facade; every stage receives this same object. */
export class Delivery {
  readonly id: string
  readonly channel: string
  /** What the caller wrote. */
  readonly input: unknown
  /** The caller's input until the validate stage; the parsed message after it. */
  message: unknown
  readonly idempotencyKey: string | undefined
  readonly deadlineMs: number
  readonly attemptTimeoutMs: number
  readonly expiresAt: number | undefined
  readonly isBulk: boolean
  /** Every try so far, oldest first. */
  readonly attempts: AttemptRecord[]
  /** When the deadline falls, by the monotonic clock; set by the deadline stage. */
  deadlineAt = Number.POSITIVE_INFINITY
  /** The delivery whose result this one repeats, because it has the same idempotency key. */
  duplicateOf: Pick<Delivery, 'id' | 'attempts'> | undefined
  /** Since when a try of the past may have gone out; nothing once the provider has been asked. */
  triedAt: number | undefined
  /** Whether another provider stands by, so that waiting for this one is not needed. */
  hasAlternative = false
  /** How long the next try has waited for its turn, in milliseconds. */
  waitMs = 0
  /** Whether the guard sends it to somebody else. */
  isRedirected = false
  /** Whether the provider is to be tried though its circuit is open, because all are. */
  isLastResort = false
  /** What a give-up stops: the try in flight, or the wait for the next one. */
  current: { abort(reason: NotifyError): void } | undefined
  #reason: NotifyError | undefined

  constructor(init: DeliveryInit) {
    this.id = init.id
    this.channel = init.channel
    this.input = init.message
    this.message = init.message
    this.idempotencyKey = init.idempotencyKey
    this.deadlineMs = init.deadlineMs
    this.attemptTimeoutMs = init.attemptTimeoutMs
    this.expiresAt = init.expiresAt
    this.isBulk = init.isBulk ?? false
    this.attempts = init.attempts ?? []
    this.triedAt = init.triedAt
  }

  /** Why the delivery was given up, once it was. */
  get abortReason(): NotifyError | undefined {
    return this.#reason
  }

  /** Gives the delivery up because its time is up. */
  expire(): void {
    this.abort(new NotifyError('TIMED_OUT', `Not done within the deadline of ${this.deadlineMs} ms`))
  }

  /** Begins no more tries, because the message has outlived its use; one in flight may end. */
  lapse(): void {
    if (this.current instanceof Attempt) return
    this.abort(new NotifyError('EXPIRED', 'The message expired before it could be sent'))
  }

  /** Gives the delivery up, with the try in flight or the wait for one. */
  abort(reason: NotifyError): void {
    this.#reason ??= reason
    this.current?.abort(this.#reason)
  }
}
