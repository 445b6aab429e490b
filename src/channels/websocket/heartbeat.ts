/** Finds peers that vanished without a word: a ping, and a silent peer is gone. */
import { CLOSE } from './close-codes.ts'
import type { Link } from './link.ts'
import { PING } from './protocol.ts'
import { TICK_MS, type Wheel, type WheelTimer } from './wheel.ts'

export interface Beat {
  readonly pingMs: number
  readonly pongMs: number
}

export class Heartbeat {
  readonly #wheel: Wheel
  readonly #beat: Beat
  readonly #link: Link
  #isHeard = true
  #isChecking = false
  #timer: WheelTimer

  /** @param turn number of the connection: neighbours ping at different ticks, so that pings come in no burst */
  constructor(link: Link, wheel: Wheel, { pingMs, pongMs, turn }: Beat & { readonly turn: number }) {
    this.#link = link
    this.#wheel = wheel
    this.#beat = { pingMs, pongMs }
    const places = Math.max(1, Math.floor(pingMs / 2 / TICK_MS))
    this.#timer = wheel.after(pingMs - (turn % places) * TICK_MS, this)
  }

  /** True between a ping and the first word after it. */
  get isAwaited(): boolean {
    return !this.#isHeard
  }

  /** Any frame of the peer proves that it lives. */
  heard(): void {
    this.#isHeard = true
  }

  stop(): void {
    this.#timer.cancel()
  }

  /** By the wheel, in turns for a ping and for the look whether it was answered. */
  fire(): void {
    this.#isChecking = !this.#isChecking
    if (this.#isChecking) this.#ping()
    else this.#check()
  }

  #ping(): void {
    // Where no answer is possible, its absence says nothing.
    this.#isHeard = !this.#link.answersPings
    this.#link.write(PING)
    this.#timer = this.#wheel.after(this.#beat.pongMs, this)
  }

  #check(): void {
    const { pingMs, pongMs } = this.#beat
    if (this.#isHeard) this.#timer = this.#wheel.after(pingMs - pongMs, this)
    else this.#link.terminate(CLOSE.noPong)
  }
}
