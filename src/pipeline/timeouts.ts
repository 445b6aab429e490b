/**
 * Many waits of few lengths on one timer each: a timer of its own costs a send about a microsecond,
 * and nearly every one is cancelled before it fires.
 */
import type { Clock, Timer } from '../core/clock.ts'
import type { NotifyError } from '../core/errors.ts'

export interface Expiring {
  /** Gives up because the time is up. */
  expire(): void
  /** Gives up for another reason. */
  abort(reason: NotifyError): void
}

export interface TimeoutsOptions {
  /** Whether what waits here keeps the process alive. */
  readonly keepAlive: boolean
}

/** Callers may give every send a length of its own. */
const MAX_ROWS = 64

export class Timeouts {
  readonly #clock: Clock
  readonly #options: TimeoutsOptions
  readonly #rows = new Map<number, Row>()

  constructor(clock: Clock, options: TimeoutsOptions) {
    this.#clock = clock
    this.#options = options
  }

  /** Calls `waiting.expire()` after `ms` milliseconds, unless the wait is cancelled first. */
  add(waiting: Expiring, ms: number): Wait {
    let row = this.#rows.get(ms)
    if (!row) {
      if (this.#rows.size >= MAX_ROWS) this.#forgetIdle()
      row = new Row(this.#clock, ms, this.#options)
      this.#rows.set(ms, row)
    }
    return row.add(waiting)
  }

  /** Everything that waits now. */
  waiting(): Expiring[] {
    return [...this.#rows.values()].flatMap((row) => row.waiting())
  }

  /** Stops every timer; what still waits is forgotten. */
  close(): void {
    for (const row of this.#rows.values()) row.close()
    this.#rows.clear()
  }

  #forgetIdle(): void {
    for (const [ms, row] of this.#rows) if (row.forget()) this.#rows.delete(ms)
  }
}

/** A place in a row; rows are linked lists, because a hash table's deletes cost more than the rest of a send. */
export class Wait {
  readonly waiting: Expiring
  readonly dueAt: number
  readonly #row: Row
  previous: Wait | undefined
  next: Wait | undefined
  isWaiting = true

  constructor(waiting: Expiring, dueAt: number, row: Row) {
    this.waiting = waiting
    this.dueAt = dueAt
    this.#row = row
  }

  /** Safe to call twice. */
  cancel(): void {
    if (this.isWaiting) this.#row.remove(this)
  }
}

/** Waits of one length: the oldest is due first, so one timer serves all. */
class Row {
  readonly #clock: Clock
  readonly #ms: number
  readonly #keepAlive: boolean
  #oldest: Wait | undefined
  #newest: Wait | undefined
  #timer: Timer | undefined

  constructor(clock: Clock, ms: number, { keepAlive }: TimeoutsOptions) {
    this.#clock = clock
    this.#ms = ms
    this.#keepAlive = keepAlive
  }

  add(waiting: Expiring): Wait {
    const wait = new Wait(waiting, this.#clock.monotonic() + this.#ms, this)
    wait.previous = this.#newest
    if (this.#newest) this.#newest.next = wait
    else this.#wake(wait)
    this.#newest = wait
    return wait
  }

  remove(wait: Wait): void {
    wait.isWaiting = false
    if (wait.previous) wait.previous.next = wait.next
    else this.#oldest = wait.next
    if (wait.next) wait.next.previous = wait.previous
    else this.#newest = wait.previous
    // The timer stays for the next send, but an idle program may exit.
    if (!this.#oldest && this.#keepAlive) this.#timer?.unref()
  }

  waiting(): Expiring[] {
    const all: Expiring[] = []
    for (let wait = this.#oldest; wait; wait = wait.next) all.push(wait.waiting)
    return all
  }

  /** Stops the timer where nothing waits. */
  forget(): boolean {
    if (this.#oldest) return false
    this.close()
    return true
  }

  close(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #wake(first: Wait): void {
    this.#oldest = first
    if (!this.#timer) this.#arm(this.#ms)
    else if (this.#keepAlive) this.#timer.ref()
  }

  #arm(delayMs: number): void {
    this.#timer = this.#clock.setTimeout(() => this.#fire(), delayMs)
    if (!this.#keepAlive) this.#timer.unref()
  }

  #fire(): void {
    this.#timer = undefined
    // Node's timers may fire up to a millisecond early.
    const now = this.#clock.monotonic() + 1
    while (this.#oldest && this.#oldest.dueAt <= now) {
      const { waiting } = this.#oldest
      this.remove(this.#oldest)
      waiting.expire()
    }
    if (this.#oldest && !this.#timer) this.#arm(this.#oldest.dueAt - now + 1)
  }
}
