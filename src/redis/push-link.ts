/** Subscriptions over one connection to one server, which is replaced whenever it fails. */
import { nextTurn, type Clock, type Timer } from '../core/clock.ts'
import { unavailable } from './line.ts'
import type { PushConnection } from './push-client.ts'
import { Wish } from './push-wish.ts'

/** Of one SUBSCRIBE. More would hold up what comes behind it. */
const BATCH = 500
/** A connection whose other end vanished is noticed by this, and in no other way: nothing is sent on it otherwise. */
const PING_MS = 5_000
/** For Redis to be ready, and to subscribe again to a batch. */
const STEP_MS = 5_000
const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 2_000

export interface LinkSettings {
  readonly clock: Clock
  readonly timeoutMs: number
  /** Subscribes with SSUBSCRIBE, which takes channels of one slot only. */
  readonly isSharded: boolean
  /** @returns a connection that has not begun to connect; it may throw, or none may be reachable */
  open(): PushConnection
}

export interface LinkEvents {
  message(name: string, text: string): void
  /** Subscriptions were lost. */
  lost(): void
  /** All that is wanted is subscribed again, or for the first time later than it was asked for. */
  resumed(): void
  /** Redis will not have these here. Who waits for them has been told. */
  refused(error: unknown, names: readonly string[]): void
}

export class PushLink {
  readonly #settings: LinkSettings
  readonly #events: LinkEvents
  readonly #wishes = new Map<string, Wish>()
  /** Asked of the present connection, and for which wish: a name given up and wanted again has another. */
  #asked = new Map<string, Wish>()
  /** Wanted or given up since it was last looked at. */
  #changed = new Set<string>()
  #connection: PushConnection | undefined
  /** The last that was given up. */
  #leaving: Promise<void> = Promise.resolve()
  #isUp = false
  #isClosed = false
  /** Since the last connection that came to be. */
  #failures = 0
  #isAskedAtTurn = false
  /** That `ioredis` told of, without those it told of because a subscription was refused. */
  #moves = 0
  #timer: Timer | undefined

  constructor(settings: LinkSettings, events: LinkEvents) {
    this.#settings = settings
    this.#events = events
  }

  get isIdle(): boolean {
    return this.#wishes.size === 0
  }

  /** Connects where that has not been done. Resolves once Redis has all of them. */
  want(names: readonly string[]): Promise<void> {
    const heard = names.map((name) => {
      const wish = this.#wishes.get(name) ?? new Wish(name)
      this.#wishes.set(name, wish)
      this.#change(name)
      return wish.heard
    })
    if (!this.#connection && !this.#timer) void this.#connect()
    return Promise.all(heard).then(() => undefined)
  }

  /** Resolves once none of them comes any more: Redis has said so, or the connection has ended. */
  unwant(names: readonly string[]): Promise<void> {
    for (const name of names) {
      if (this.#wishes.delete(name)) this.#change(name)
    }
    // By then it has been asked for.
    return new Promise((resolve) => queueMicrotask(() => resolve(this.#leaving)))
  }

  close(): void {
    this.#isClosed = true
    this.#timer?.cancel()
    const error = unavailable('The subscriptions were closed')
    for (const wish of this.#wishes.values()) wish.refuse(error)
    this.#wishes.clear()
    this.#connection?.disconnect()
    this.#connection = undefined
  }

  /** What changes in one turn is asked for together. */
  #change(name: string): void {
    this.#changed.add(name)
    if (this.#isAskedAtTurn) return
    this.#isAskedAtTurn = true
    queueMicrotask(() => {
      this.#isAskedAtTurn = false
      if (this.#isUp && this.#connection) this.#askForChanges(this.#connection)
    })
  }

  #askForChanges(connection: PushConnection): void {
    const names = [...this.#changed]
    this.#changed.clear()
    const dropped = names.filter((name) => this.#asked.has(name) && !this.#wishes.has(name))
    for (const name of dropped) this.#asked.delete(name)
    // Where it fails, the connection has failed, or the next message finds nobody.
    const leave = (batch: string[]) => this.#unsubscribe(connection, batch).catch(() => undefined)
    if (dropped.length > 0)
      this.#leaving = Promise.all(this.#batches(dropped).map(leave)).then(() => undefined)
    const wishes = names.flatMap((name) => this.#wishes.get(name) ?? [])
    const added = wishes.filter((wish) => this.#asked.get(wish.name) !== wish)
    for (const batch of this.#batches(added)) void this.#ask(connection, batch)
  }

  /** Never rejects. The wishes are held on to, not their names: one may be given up and wanted again meanwhile. */
  async #ask(connection: PushConnection, wishes: readonly Wish[]): Promise<void> {
    const names = wishes.map(({ name }) => name)
    for (const wish of wishes) this.#asked.set(wish.name, wish)
    try {
      await (this.#settings.isSharded ? connection.ssubscribe(...names) : connection.subscribe(...names))
      if (connection === this.#connection) for (const wish of wishes) wish.hear()
    } catch (cause) {
      // With the connection that failed all is asked for again.
      if (connection === this.#connection && isRefusal(cause)) this.#refuse(wishes, cause)
    }
  }

  #refuse(wishes: readonly Wish[], cause: Error): void {
    if (cause.message.startsWith('MOVED')) this.#moves -= 1
    const names = wishes.map(({ name }) => name)
    for (const wish of wishes) if (this.#asked.get(wish.name) === wish) this.#asked.delete(wish.name)
    const error = unavailable('Redis refused a subscription', cause)
    for (const wish of wishes) wish.refuse(error)
    this.#events.refused(error, names)
  }

  #unsubscribe(connection: PushConnection, names: readonly string[]): Promise<unknown> {
    return this.#settings.isSharded ? connection.sunsubscribe(...names) : connection.unsubscribe(...names)
  }

  #batches<T>(list: readonly T[]): T[][] {
    const size = this.#settings.isSharded ? 1 : BATCH
    const count = Math.ceil(list.length / size)
    return Array.from({ length: count }, (_, index) => list.slice(index * size, (index + 1) * size))
  }

  async #connect(): Promise<void> {
    this.#timer = undefined
    let connection: PushConnection
    try {
      connection = this.#settings.open()
    } catch {
      return this.#retry()
    }
    this.#connection = connection
    const lose = () => this.#lose(connection)
    // Of an error that ends no connection nobody knows what it has done to the order of answers.
    connection.on('error', lose)
    connection.on('end', lose)
    connection.on('moved', () => this.#suspectMove(connection))
    const event = this.#settings.isSharded ? 'smessage' : 'message'
    connection.on(event, (name = '', text = '') => this.#events.message(name, text))
    this.#expectSoon(connection)
    await connection.connect().catch(lose)
    if (connection === this.#connection) await this.#askForAll(connection)
  }

  async #askForAll(connection: PushConnection): Promise<void> {
    this.#changed.clear()
    const batches = this.#batches([...this.#wishes.values()])
    const together = this.#settings.isSharded ? BATCH : 1
    for (let at = 0; at < batches.length && connection === this.#connection; at += together) {
      this.#expectSoon(connection)
      await Promise.all(batches.slice(at, at + together).map((batch) => this.#ask(connection, batch)))
    }
    if (connection !== this.#connection) return
    this.#timer?.cancel()
    this.#isUp = true
    this.#askForChanges(connection)
    this.#ping(connection)
    if (this.#failures > 0) this.#events.resumed()
    this.#failures = 0
  }

  #ping(connection: PushConnection): void {
    const lose = () => this.#lose(connection)
    this.#timer = this.#after(PING_MS, () => {
      this.#timer = this.#after(this.#settings.timeoutMs, lose)
      const hear = () => {
        if (connection !== this.#connection) return
        this.#timer?.cancel()
        this.#ping(connection)
      }
      connection.ping().then(hear, lose)
    })
  }

  /** Until it answers or fails. */
  #expectSoon(connection: PushConnection): void {
    this.#timer?.cancel()
    this.#timer = this.#after(STEP_MS, () => this.#lose(connection))
  }

  /** Where nothing was refused, Redis has given a slot to another server, and ended the subscriptions there. */
  #suspectMove(connection: PushConnection): void {
    this.#moves += 1
    nextTurn(() => {
      if (this.#moves > 0) this.#lose(connection)
    })
  }

  #lose(connection: PushConnection): void {
    if (connection !== this.#connection) return
    this.#connection = undefined
    connection.disconnect()
    this.#timer?.cancel()
    this.#asked = new Map()
    this.#moves = 0
    const wasUp = this.#isUp
    this.#isUp = false
    for (const wish of this.#wishes.values()) wish.lose()
    if (this.#isClosed) return
    this.#retry()
    if (wasUp) this.#events.lost()
  }

  #retry(): void {
    this.#failures += 1
    const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (this.#failures - 1))
    // All nodes have lost the same Redis at the same time.
    const pauseMs = longest * (0.5 + Math.random() / 2)
    this.#timer = this.#after(pauseMs, () => {
      if (!this.#isClosed) void this.#connect()
    })
  }

  /** Keeps no process alive. */
  #after(ms: number, run: () => void): Timer {
    const timer = this.#settings.clock.setTimeout(run, ms)
    timer.unref()
    return timer
  }
}

function isRefusal(cause: unknown): cause is Error {
  return cause instanceof Error && cause.name === 'ReplyError'
}
