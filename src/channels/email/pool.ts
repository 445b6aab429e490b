/** A few sessions, each used by one message at a time, opened when needed and closed when idle or worn out. */
import type { Clock, Timer } from '../../core/clock.ts'
import { NotifyError } from '../../core/errors.ts'
import { SmtpFailure } from './failure.ts'
import type { SmtpSession } from './session.ts'

/** How long a server may take over a RSET, in milliseconds; far less than it may over a message. */
const ANSWER_MS = 5000

export interface PoolLimits {
  readonly maxConnections: number
  readonly maxMessages: number
  readonly idleMs: number
  readonly pingAfterMs: number
}

/** In what state a session comes back: `refused` needs a RSET first, `broken` cannot be used again. */
export type SessionState = 'clean' | 'refused' | 'broken'

interface Idle {
  readonly session: SmtpSession
  readonly since: number
  readonly timer: Timer
}

export interface PoolOptions {
  readonly limits: PoolLimits
  readonly open: (signal: AbortSignal) => Promise<SmtpSession>
  readonly clock: Clock
}

export class SmtpPool {
  readonly #limits: PoolLimits
  readonly #open: PoolOptions['open']
  readonly #clock: Clock
  /** The one used last is taken first, so that the others can grow old. */
  readonly #idle: Idle[] = []
  readonly #waiting: (() => void)[] = []
  readonly #leaving = new Set<Promise<void>>()
  #count = 0
  #isClosed = false
  #drained: (() => void) | undefined

  constructor({ limits, open, clock }: PoolOptions) {
    this.#limits = limits
    this.#open = open
    this.#clock = clock
  }

  /**
   * A session for one message; give it back by {@link release}. `isFresh` asks for one just opened.
   * @throws {SmtpFailure} phase `connect`
   * @throws {NotifyError} CLOSED
   */
  async acquire(signal: AbortSignal, isFresh = false): Promise<SmtpSession> {
    for (;;) {
      this.#check(signal)
      const idle = this.#idle.pop()
      if (idle && !isFresh) {
        idle.timer.cancel()
        if (await this.#revive(idle, signal)) return idle.session
        this.#discard(idle.session)
      } else {
        if (idle) this.#retire(idle)
        if (this.#count < this.#limits.maxConnections) return this.#connect(signal)
        await this.#turn(signal)
      }
    }
  }

  release(session: SmtpSession, state: SessionState): void {
    if (state === 'broken' || !session.isAlive) return this.#discard(session)
    const isWornOut = session.sent >= this.#limits.maxMessages
    if (this.#isClosed || isWornOut) return this.#leave(session)
    if (state === 'clean') return this.#rest(session)
    void this.#reset(session).then((isAlive) => this.release(session, isAlive ? 'clean' : 'broken'))
  }

  /** Takes no more messages, waits for those under way, then closes every connection. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const idle of this.#idle.splice(0)) this.#retire(idle)
    while (this.#waiting.length > 0) this.#wake()
    if (this.#count > 0) {
      await new Promise<void>((resolve) => {
        const others = this.#drained
        this.#drained = () => {
          others?.()
          resolve()
        }
      })
    }
    await Promise.all(this.#leaving)
  }

  #check(signal: AbortSignal): void {
    if (!this.#isClosed && !signal.aborted) return
    this.#wake()
    if (signal.aborted) throw new SmtpFailure('connect', signal.reason)
    throw new NotifyError('CLOSED', 'The driver was closed; create a new one to send')
  }

  async #revive({ session, since }: Idle, signal: AbortSignal): Promise<boolean> {
    if (!session.isAlive) return false
    session.hold(true)
    if (this.#clock.monotonic() - since < this.#limits.pingAfterMs) return true
    return this.#reset(session, signal)
  }

  /** Whether the server answers; a dead line may swallow the question without a word. */
  async #reset(session: SmtpSession, signal?: AbortSignal): Promise<boolean> {
    const timer = this.#clock.setTimeout(() => session.destroy(), ANSWER_MS)
    try {
      await session.reset(signal)
      return true
    } catch {
      return false
    } finally {
      timer.cancel()
    }
  }

  async #connect(signal: AbortSignal): Promise<SmtpSession> {
    this.#count += 1
    try {
      return await this.#open(signal)
    } catch (cause) {
      this.#gone()
      throw cause
    }
  }

  #rest(session: SmtpSession): void {
    session.isReused = true
    session.hold(false)
    const timer = this.#clock.setTimeout(() => {
      const at = this.#idle.findIndex((idle) => idle.session === session)
      const [idle] = at < 0 ? [] : this.#idle.splice(at, 1)
      if (idle) this.#retire(idle)
    }, this.#limits.idleMs)
    timer.unref()
    this.#idle.push({ session, since: this.#clock.monotonic(), timer })
    this.#wake()
  }

  #retire({ session, timer }: Idle): void {
    timer.cancel()
    this.#leave(session)
  }

  #leave(session: SmtpSession): void {
    const leaving = session.quit(this.#clock)
    this.#leaving.add(leaving)
    // The connection counts until it is closed: servers count it too.
    void leaving.finally(() => {
      this.#leaving.delete(leaving)
      this.#gone()
    })
  }

  #discard(session: SmtpSession): void {
    session.destroy()
    this.#gone()
  }

  #gone(): void {
    this.#count -= 1
    this.#wake()
    if (this.#count === 0) this.#drained?.()
  }

  #wake(): void {
    this.#waiting.shift()?.()
  }

  /** Waits until a session or the room for one is free; the caller looks again. */
  async #turn(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const go = () => {
        signal.removeEventListener('abort', leave)
        resolve()
      }
      const leave = () => {
        const at = this.#waiting.indexOf(go)
        if (at >= 0) this.#waiting.splice(at, 1)
        resolve()
      }
      this.#waiting.push(go)
      signal.addEventListener('abort', leave, { once: true })
    })
  }
}
