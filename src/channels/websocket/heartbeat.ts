/** Finds peers that vanished without a word: a ping, and a silent peer is gone. */
import type { Connection } from './connection.ts'
import { CLOSE } from './close-codes.ts'
import { PING } from './protocol.ts'
import { TICK_MS, type Wheel, type WheelTimer } from './wheel.ts'

export interface Beat {
  readonly pingMs: number
  readonly pongMs: number
}

export class Heartbeat {
  readonly #wheel: Wheel
  readonly #beat: Beat
  readonly #connection: Connection
  #isHeard = true
  #timer: WheelTimer

  /** @param turn number of the connection: neighbours ping at different ticks, so that pings come in no burst */
  constructor(
    connection: Connection,
    wheel: Wheel,
    { pingMs, pongMs, turn }: Beat & { readonly turn: number },
  ) {
    this.#connection = connection
    this.#wheel = wheel
    this.#beat = { pingMs, pongMs }
    const places = Math.max(1, Math.floor(pingMs / 2 / TICK_MS))
    this.#timer = wheel.after(pingMs - (turn % places) * TICK_MS, this.#ping)
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

  readonly #ping = (): void => {
    this.#isHeard = false
    this.#connection.write(PING)
    this.#timer = this.#wheel.after(this.#beat.pongMs, this.#check)
  }

  readonly #check = (): void => {
    const { pingMs, pongMs } = this.#beat
    if (this.#isHeard) this.#timer = this.#wheel.after(pingMs - pongMs, this.#ping)
    else this.#connection.terminate(CLOSE.noPong)
  }
}
