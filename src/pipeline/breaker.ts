/** Leaves a provider alone that fails again and again: one circuit per provider account. */
import type { Clock } from '../core/clock.ts'
import { NotifyError } from '../core/errors.ts'
import { FAILURES, type Failure } from '../core/failures.ts'

export interface BreakerPolicy {
  /** How many of the last `of` tries must have failed to open the circuit. */
  readonly failures: number
  readonly of: number
  /** How long it stays open before one try may probe the provider, in milliseconds. */
  readonly coolDownMs: number
}

/** `closed`: tries pass. `open`: none does. `half_open`: one may probe whether the provider is back. */
export type BreakerState = 'closed' | 'open' | 'half_open'

/** Told of every opening and closing. */
export type OnBreakerChange = (change: {
  readonly state: 'open' | 'closed'
  readonly reason?: NotifyError
  readonly retryAfterMs?: number
}) => void

/** Of one try: whether it probes an open circuit, and the circuit's age when it began. */
interface Passage {
  readonly isProbe: boolean
  readonly era: number
}

/** How soon to ask again while another try probes the provider. */
const PROBE_POLL_MS = 1_000

export class Breaker {
  readonly #policy: BreakerPolicy
  readonly #clock: Clock
  readonly #tell: OnBreakerChange
  /** Of the last tries, oldest first: which failed. */
  #failed: boolean[] = []
  #openUntil: number | undefined
  #reason: NotifyError | undefined
  #isProbing = false
  /** Counts openings and closings: a try that began in another era says nothing about this one. */
  #era = 0

  constructor(policy: BreakerPolicy, clock: Clock, tell: OnBreakerChange = () => undefined) {
    this.#policy = policy
    this.#clock = clock
    this.#tell = tell
  }

  get state(): BreakerState {
    if (this.#openUntil === undefined) return 'closed'
    return this.#clock.monotonic() < this.#openUntil ? 'open' : 'half_open'
  }

  /** Milliseconds until a try may probe the provider; 0 where it may now. */
  get retryAfterMs(): number {
    if (this.#openUntil === undefined) return 0
    const leftMs = Math.max(0, this.#openUntil - this.#clock.monotonic())
    return leftMs === 0 && this.#isProbing ? PROBE_POLL_MS : leftMs
  }

  /** What opened the circuit. */
  get reason(): NotifyError | undefined {
    return this.#reason
  }

  /**
   * @param isLastResort whether to probe though it is too early, because there is nobody else
   * @throws {NotifyError} CIRCUIT_OPEN, where the try must not be made now; its cause is what opened the circuit
   */
  enter(isLastResort: boolean): Passage {
    this.assertUsed(isLastResort)
    const isProbe = this.#openUntil !== undefined
    if (isProbe) this.#isProbing = true
    return { isProbe, era: this.#era }
  }

  /**
   * Without entering.
   * @throws {NotifyError} CIRCUIT_OPEN, as {@link enter}
   */
  assertUsed(isLastResort: boolean): void {
    const { retryAfterMs } = this
    const isBarred = isLastResort ? this.#isProbing : retryAfterMs > 0
    if (isBarred) throw this.#refusal(retryAfterMs)
  }

  succeeded({ isProbe, era }: Passage): void {
    if (era !== this.#era) return
    if (isProbe) this.#close()
    else this.#count(false)
  }

  /** The try was given up before the provider was asked. */
  left({ isProbe, era }: Passage): void {
    if (isProbe && era === this.#era) this.#isProbing = false
  }

  failed(cause: unknown, { isProbe, era }: Passage): void {
    if (era !== this.#era) return
    const error = NotifyError.isNotifyError(cause) ? cause : new NotifyError('DRIVER_FAILED', 'Unexplained')
    const effect = effectOf(error)
    if (effect === 'open' || (effect === 'count' && isProbe)) this.#open(error)
    else if (effect === 'count') this.#count(true, error)
    else if (isProbe) this.#settleProbe(error)
  }

  /** A refusal of the message or its recipient shows that the provider is back; the caller's abort shows nothing. */
  #settleProbe({ provider }: NotifyError): void {
    if (provider) this.#close()
    else this.#isProbing = false
  }

  #count(hasFailed: boolean, error?: NotifyError): void {
    if (!hasFailed && this.#failed.length === 0) return
    this.#failed.push(hasFailed)
    if (this.#failed.length > this.#policy.of) this.#failed.shift()
    const failures = this.#failed.filter(Boolean).length
    if (failures === 0) this.#failed = []
    if (error && failures >= this.#policy.failures) this.#open(error)
  }

  #open(error: NotifyError): void {
    this.#era += 1
    this.#isProbing = false
    this.#failed = []
    this.#reason = error
    const retryAfterMs = this.#openMs(error)
    this.#openUntil = this.#clock.monotonic() + retryAfterMs
    this.#tell({ state: 'open', reason: error, retryAfterMs })
  }

  /** What opens it at once says itself for how long; a provider that fails may be too hopeful. */
  #openMs({ code, retryAfterMs = 0 }: NotifyError): number {
    const { coolDownMs } = this.#policy
    const isTold = FAILURES[code].breaker === 'open' && retryAfterMs > 0
    return isTold ? retryAfterMs : Math.max(coolDownMs, retryAfterMs)
  }

  #close(): void {
    this.#era += 1
    this.#isProbing = false
    this.#openUntil = undefined
    this.#reason = undefined
    this.#tell({ state: 'closed' })
  }

  #refusal(retryAfterMs: number): NotifyError {
    const text = 'Not tried: the provider failed too often and is left alone for now'
    return new NotifyError('CIRCUIT_OPEN', text, { retryAfterMs, cause: this.#reason })
  }
}

/** What concerns one recipient or one message says nothing about the provider, whatever its code. */
function effectOf({ code, scope }: NotifyError): Failure['breaker'] {
  return scope === 'recipient' || scope === 'message' ? 'ignore' : FAILURES[code].breaker
}
