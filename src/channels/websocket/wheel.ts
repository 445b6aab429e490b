/** One timer for everything that connections wait for: a hashed timing wheel. */
import type { Clock, Timer } from '../../core/clock.ts'

/** How exact the wheel is, in milliseconds. */
export const TICK_MS = 250
const SLOTS = 128
/** After a tick that comes later than this, the process itself was stalled. */
const STALL_MS = 1_000

export interface WheelTimer {
  cancel(): void
}

/** What waits. An object that is there anyway costs less than a function for each. */
export interface Timed {
  /** Must not throw. */
  fire(): void
}

interface EntryInit {
  readonly wheel: Wheel
  readonly slot: Set<Entry>
  readonly target: Timed | (() => void)
  readonly rounds: number
}

class Entry implements WheelTimer {
  rounds: number
  readonly #wheel: Wheel
  readonly #slot: Set<Entry>
  readonly #target: Timed | (() => void)

  constructor({ wheel, slot, target, rounds }: EntryInit) {
    this.#wheel = wheel
    this.#slot = slot
    this.#target = target
    this.rounds = rounds
  }

  run(): void {
    if (typeof this.#target === 'function') this.#target()
    else this.#target.fire()
  }

  cancel(): void {
    if (this.#slot.delete(this)) this.#wheel.shrink()
  }
}

export class Wheel {
  readonly #clock: Clock
  readonly #slots = Array.from({ length: SLOTS }, () => new Set<Entry>())
  #position = 0
  #size = 0
  #dueAt = 0
  #timer: Timer | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Timers not yet fired or cancelled. */
  get pending(): number {
    return this.#size
  }

  /** Fires once: not before `delayMs` and at most one tick after it. A function must not throw either. */
  after(delayMs: number, target: Timed | (() => void)): WheelTimer {
    if (!this.#timer) this.#start()
    const untilNextMs = this.#dueAt - this.#clock.monotonic()
    const ticks = Math.max(0, Math.ceil((delayMs - untilNextMs) / TICK_MS)) + 1
    const place = (this.#position + ticks) % SLOTS
    const slot = (this.#slots[place] ??= new Set())
    const entry = new Entry({ wheel: this, slot, target, rounds: Math.floor((ticks - 1) / SLOTS) })
    slot.add(entry)
    this.#size++
    return entry
  }

  /** One entry has gone. */
  shrink(): void {
    this.#size--
    if (this.#size > 0) return
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #start(): void {
    this.#dueAt = this.#clock.monotonic() + TICK_MS
    this.#arm()
  }

  #arm(): void {
    const delayMs = Math.max(0, this.#dueAt - this.#clock.monotonic())
    this.#timer = this.#clock.setTimeout(() => this.#tick(), delayMs)
    this.#timer.unref()
  }

  #tick(): void {
    const now = this.#clock.monotonic()
    // After a stall the missed ticks are dropped, not rushed: peers had no chance to be heard meanwhile.
    this.#dueAt = (now - this.#dueAt > STALL_MS ? now : this.#dueAt) + TICK_MS
    this.#arm()
    this.#position = (this.#position + 1) % SLOTS
    const slot = this.#slots[this.#position]
    for (const entry of [...(slot ?? [])]) {
      if (entry.rounds > 0) entry.rounds--
      else if (slot?.delete(entry)) {
        entry.run()
        this.shrink()
      }
    }
  }
}
