/** What one peer, and all of them together, may take: connections before the handshake, commands after it. */
import type { Clock } from '../../core/clock.ts'

export interface ConnectionLimits {
  readonly maxConnections: number
  readonly maxUnauthenticated: number
  readonly maxConnectionsPerIp: number
}

/** A connection's place among the others; counted from the upgrade until the socket is closed. */
export interface Place {
  /** The connection no longer counts as one without a token. */
  authenticated(): void
  /** Safe to call twice. */
  leave(): void
}

export class ConnectionCounter {
  readonly #limits: ConnectionLimits
  readonly #byIp = new Map<string, number>()
  #total = 0
  #unauthenticated = 0

  constructor(limits: ConnectionLimits) {
    this.#limits = limits
  }

  /** Which limit a connection from `ip` would break, if any. */
  check(ip: string): 'full' | 'ip' | undefined {
    const { maxConnections, maxUnauthenticated, maxConnectionsPerIp } = this.#limits
    if (this.#total >= maxConnections || this.#unauthenticated >= maxUnauthenticated) return 'full'
    return (this.#byIp.get(ip) ?? 0) >= maxConnectionsPerIp ? 'ip' : undefined
  }

  take(ip: string): Place {
    this.#total++
    this.#unauthenticated++
    this.#byIp.set(ip, (this.#byIp.get(ip) ?? 0) + 1)
    return new CountedPlace(this, ip)
  }

  /** One of them has shown its token, or is gone without. */
  authenticated(): void {
    this.#unauthenticated--
  }

  release(ip: string): void {
    this.#total--
    const left = (this.#byIp.get(ip) ?? 1) - 1
    if (left > 0) this.#byIp.set(ip, left)
    else this.#byIp.delete(ip)
  }
}

class CountedPlace implements Place {
  readonly #counter: ConnectionCounter
  readonly #ip: string
  #isAnonymous = true
  #isOpen = true

  constructor(counter: ConnectionCounter, ip: string) {
    this.#counter = counter
    this.#ip = ip
  }

  authenticated(): void {
    if (this.#isAnonymous && this.#isOpen) this.#counter.authenticated()
    this.#isAnonymous = false
  }

  leave(): void {
    this.authenticated()
    if (this.#isOpen) this.#counter.release(this.#ip)
    this.#isOpen = false
  }
}

export interface CommandLimits {
  readonly commandsPerSecond: number
  readonly commandBurst: number
}

/** What one token is made of, so that whole milliseconds earn whole numbers: fractions of a token would not add up. */
const PARTS = 1_000

/** Fills up by so many tokens a second, to so many at most. */
class Bucket {
  readonly #clock: Clock
  readonly #perSecond: number
  readonly #size: number
  #parts: number
  #filledAt: number

  constructor(clock: Clock, perSecond: number, size: number) {
    this.#clock = clock
    this.#perSecond = perSecond
    this.#size = size * PARTS
    this.#parts = this.#size
    this.#filledAt = clock.monotonic()
  }

  /** Takes one, even where there is none. @returns how many are left; below 0 where there was none */
  take(): number {
    const now = this.#clock.monotonic()
    const earned = (now - this.#filledAt) * this.#perSecond
    this.#parts = Math.min(this.#size, this.#parts + earned) - PARTS
    this.#filledAt = now
    return this.#parts / PARTS
  }

  putBack(): void {
    this.#parts += PARTS
  }
}

/** How fast connections may come; what is refused does not count. */
export class ConnectRate {
  readonly #bucket: Bucket

  constructor({ connectionsPerSecond }: { readonly connectionsPerSecond: number }, clock: Clock) {
    this.#bucket = new Bucket(clock, connectionsPerSecond, connectionsPerSecond)
  }

  /** @returns whether one more may come */
  take(): boolean {
    if (this.#bucket.take() >= 0) return true
    this.#bucket.putBack()
    return false
  }
}

/** May be overdrawn once by its own size: who goes on after being refused is flooding. */
export class CommandRate {
  readonly #bucket: Bucket
  readonly #burst: number

  constructor({ commandsPerSecond, commandBurst }: CommandLimits, clock: Clock) {
    this.#bucket = new Bucket(clock, commandsPerSecond, commandBurst)
    this.#burst = commandBurst
  }

  take(): 'allowed' | 'refused' | 'flood' {
    const left = this.#bucket.take()
    if (left >= 0) return 'allowed'
    return left > -this.#burst ? 'refused' : 'flood'
  }
}

/** Commands of one client that may fail in a minute: a page may ask for every topic it knows. */
const ERRORS_PER_MINUTE = 200

/** Finds clients that go on asking for what they are refused. */
export class ErrorRate {
  readonly #bucket: Bucket

  constructor(clock: Clock) {
    this.#bucket = new Bucket(clock, ERRORS_PER_MINUTE / 60, ERRORS_PER_MINUTE)
  }

  /** @returns whether it is too many */
  take(): boolean {
    return this.#bucket.take() < 0
  }
}
