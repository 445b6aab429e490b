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
    let isAnonymous = true
    let isOpen = true
    const authenticated = () => {
      if (isAnonymous && isOpen) this.#unauthenticated--
      isAnonymous = false
    }
    const leave = () => {
      authenticated()
      if (isOpen) this.#release(ip)
      isOpen = false
    }
    return { authenticated, leave }
  }

  #release(ip: string): void {
    this.#total--
    const left = (this.#byIp.get(ip) ?? 1) - 1
    if (left > 0) this.#byIp.set(ip, left)
    else this.#byIp.delete(ip)
  }
}

export interface CommandLimits {
  readonly commandsPerSecond: number
  readonly commandBurst: number
}

/** A token bucket that may be overdrawn once by its own size: who goes on after being refused is flooding. */
export class CommandRate {
  readonly #limits: CommandLimits
  readonly #clock: Clock
  #tokens: number
  #filledAt: number

  constructor(limits: CommandLimits, clock: Clock) {
    this.#limits = limits
    this.#clock = clock
    this.#tokens = limits.commandBurst
    this.#filledAt = clock.monotonic()
  }

  take(): 'allowed' | 'refused' | 'flood' {
    const { commandsPerSecond, commandBurst } = this.#limits
    const now = this.#clock.monotonic()
    const earned = ((now - this.#filledAt) / 1_000) * commandsPerSecond
    this.#tokens = Math.min(commandBurst, this.#tokens + earned) - 1
    this.#filledAt = now
    if (this.#tokens >= 0) return 'allowed'
    return this.#tokens > -commandBurst ? 'refused' : 'flood'
  }
}
