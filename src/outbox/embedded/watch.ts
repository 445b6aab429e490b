/** Looks after an open file: what other processes did, what is due, leases, and what is kept no longer. */
import { MAX_DELAY_MS, type Timer } from '../../core/clock.ts'
import type { Consumer } from './consumer.ts'
import type { GroupCommit } from './group-commit.ts'
import type { EmbeddedSettings } from './options.ts'

export interface WatchInit {
  readonly settings: EmbeddedSettings
  readonly group: GroupCommit
  readonly owner: string
  readonly consumers: () => readonly Consumer[]
}

/** The wall clock was set, when it moved by so much more or less than time did, in milliseconds. */
const JUMP_MS = 1_000
/** How often what is kept no longer is deleted. */
const TIDY_MS = 60_000

export class Watch {
  readonly #init: WatchInit
  #version = -1
  #poll: Timer | undefined
  #due: Timer | undefined
  #nextDue = Number.POSITIVE_INFINITY
  #isStopped = false
  /** Whether the disk had any, at the last look. */
  #hasRoom = true
  /** By the monotonic clock: when each is next to be done. */
  #renewAt: number
  #tidyAt: number
  /** Before that, leases of others are not judged: their holders may not have heard of a new time yet. */
  #judgeAt = 0
  /** Before that, a lease that ends too late may be one that its holder is about to renew. */
  #doubtAt: number
  /** Wall clock minus monotonic clock. */
  #offset: number

  constructor(init: WatchInit) {
    const { clock, leaseMs } = init.settings
    const now = clock.monotonic()
    this.#init = init
    this.#renewAt = now + leaseMs / 3
    this.#tidyAt = now + TIDY_MS
    this.#doubtAt = now + leaseMs
    this.#offset = clock.now() - now
  }

  async start(): Promise<void> {
    const { group, owner } = this.#init
    await group.call('recover', owner, false)
    this.#arm()
  }

  stop(): void {
    this.#isStopped = true
    this.#poll?.cancel()
    this.#due?.cancel()
  }

  /** While somebody works here, it keeps the process alive, and knows what is due next. */
  consumersChanged(): void {
    if (this.#init.consumers().length > 0) {
      this.#poll?.ref()
      void this.#askForNext()
    } else {
      this.#poll?.unref()
      this.#due?.cancel()
      this.#nextDue = Number.POSITIVE_INFINITY
    }
  }

  /** Something is to be attempted then, in epoch milliseconds. */
  dueAt(at: number): void {
    const { consumers, settings } = this.#init
    // A program that only puts jobs there need not wait for them.
    if (at >= this.#nextDue || this.#isStopped || consumers().length === 0) return
    const { clock } = settings
    this.#nextDue = at
    this.#due?.cancel()
    const delayMs = Math.min(MAX_DELAY_MS, Math.max(0, at - clock.now()))
    this.#due = clock.setTimeout(() => this.#fall(), delayMs)
  }

  #fall(): void {
    this.#nextDue = Number.POSITIVE_INFINITY
    for (const consumer of this.#init.consumers()) consumer.wake()
    void this.#askForNext()
  }

  async #askForNext(): Promise<void> {
    const { group, settings, consumers } = this.#init
    if (consumers().length === 0) return
    try {
      const next = (await group.call('nextRunAt')) ?? Number.POSITIVE_INFINITY
      // What is overdue has no room at the moment: whoever makes room asks for it, and so does the next look.
      this.dueAt(Math.max(next, settings.clock.now() + settings.pollMs))
    } catch {
      // The next look at the file asks again.
    }
  }

  #arm(): void {
    const { settings, consumers } = this.#init
    if (this.#isStopped) return
    this.#poll = settings.clock.setTimeout(() => void this.#look(), settings.pollMs)
    // A program that only puts jobs there may end when it has; one that works stays.
    if (consumers().length === 0) this.#poll.unref()
  }

  async #look(): Promise<void> {
    const { clock, leaseMs } = this.#init.settings
    const now = clock.monotonic()
    for (const consumer of this.#init.consumers()) consumer.retry()
    try {
      await this.#heedJump(now)
      await this.#heedOthers()
      if (now >= this.#renewAt) {
        this.#renewAt = now + leaseMs / 3
        await this.#renew(now)
      }
      if (now >= this.#tidyAt) {
        this.#tidyAt = now + TIDY_MS
        await this.#tidy()
      }
    } catch {
      // The file failed: every caller is told of it, and the next look tries again.
    }
    this.#arm()
  }

  async #heedJump(now: number): Promise<void> {
    const { clock, leaseMs } = this.#init.settings
    const offset = clock.now() - now
    if (Math.abs(offset - this.#offset) < JUMP_MS) return
    this.#offset = offset
    this.#judgeAt = now + leaseMs
    this.#doubtAt = now + leaseMs
    // Leases are by the wall clock in the file: ours are set anew at once, and timers too.
    await this.#renewOwn()
    this.#fall()
  }

  async #heedOthers(): Promise<void> {
    const { group, owner, consumers } = this.#init
    const hasRoom = await group.call('regain')
    if (hasRoom && !this.#hasRoom) for (const consumer of consumers()) consumer.wake()
    this.#hasRoom = hasRoom
    const version = await group.call('version')
    if (version === this.#version) return
    this.#version = version
    for (const consumer of consumers()) consumer.wake()
    for (const id of await group.call('cancelsOf', owner)) {
      for (const consumer of consumers()) consumer.cancel(id)
    }
    await this.#askForNext()
  }

  async #renew(now: number): Promise<void> {
    await this.#renewOwn()
    const { group, owner, consumers } = this.#init
    if (now < this.#judgeAt) return
    const count = await group.call('recover', owner, now >= this.#doubtAt)
    if (count > 0) for (const consumer of consumers()) consumer.wake()
  }

  async #renewOwn(): Promise<void> {
    const { group, consumers } = this.#init
    const held = consumers().flatMap((consumer) => consumer.held())
    if (held.length === 0) return
    const lost = new Set(await group.call('renew', held))
    for (const one of held) if (lost.has(one.id)) for (const consumer of consumers()) consumer.lose(one)
  }

  async #tidy(): Promise<void> {
    const { group, settings } = this.#init
    while (!this.#isStopped && (await group.call('tidy', settings.retention)) > 0);
  }
}
