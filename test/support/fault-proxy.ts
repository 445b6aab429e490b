/** A TCP proxy on loopback that fails as networks do, when a test says so. */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { systemClock, type Clock, type Timer } from '../../src/core/clock.ts'

/** `up` is towards the target. */
export type Direction = 'up' | 'down'

export interface FaultProxy extends AsyncDisposable {
  readonly port: number
  /** Open now. */
  readonly connections: number
  /** Since the start, with those that were refused. */
  readonly arrivals: number
  /** Nothing passes any more, no end of a connection either, while every socket stays open: what a peer that vanished looks like. */
  blackhole(): void
  /** The same in one direction. */
  freeze(direction: Direction): void
  /** Undoes `blackhole`, `freeze` and `throttle`: what waited goes on. */
  thaw(): void
  /** In each direction of each connection. */
  throttle(bytesPerSecond: number): void
  /** Resets every open connection, on both sides. */
  cut(): void
  /** Resets new connections at once. The port stays taken, so that nobody else can get it meanwhile. */
  refuse(): void
  /** Takes new connections again. */
  accept(): void
}

export interface FaultProxyOptions {
  /** Moves the throttle. @default the machine's own */
  readonly clock?: Clock
}

const TICK_MS = 10

/** Reads no more than it can pass on, so that whoever does not read stops whoever writes. */
class Pump {
  readonly #from: Socket
  readonly #to: Socket
  /** Bytes that may still pass. */
  #allowance = Infinity
  #isFrozen = false
  #isBroken = false

  constructor(from: Socket, to: Socket) {
    this.#from = from
    this.#to = to
    from.on('error', () => undefined)
    from.on('readable', this.run)
    from.on('end', () => to.end())
    from.on('close', (hadError) => {
      this.#isBroken = hadError || !from.readableEnded
      this.run()
    })
    to.on('drain', this.run)
  }

  set isFrozen(isFrozen: boolean) {
    this.#isFrozen = isFrozen
    this.run()
  }

  set allowance(bytes: number) {
    this.#allowance = bytes
    this.run()
  }

  get allowance(): number {
    return this.#allowance
  }

  readonly run = (): void => {
    if (this.#isFrozen) return
    while (!this.#to.writableNeedDrain) {
      const chunk = this.#take()
      if (!chunk) break
      this.#allowance -= chunk.length
      this.#to.write(chunk)
    }
    if (this.#isBroken) this.#to.resetAndDestroy()
  }

  #take(): Buffer | null {
    const { readableLength } = this.#from
    // Asked without a size it reads on, or tells of the end.
    if (readableLength === 0) return this.#from.read() as Buffer | null
    const size = Math.min(readableLength, Math.floor(this.#allowance))
    return size === 0 ? null : (this.#from.read(size) as Buffer | null)
  }
}

class Throttle {
  readonly #clock: Clock
  readonly #tick: (bytes: number) => void
  #timer: Timer | undefined

  constructor(clock: Clock, tick: (bytes: number) => void) {
    this.#clock = clock
    this.#tick = tick
  }

  start(bytesPerSecond: number): void {
    this.stop()
    const next = () => {
      this.#timer = this.#clock.setTimeout(() => {
        this.#tick((bytesPerSecond * TICK_MS) / 1_000)
        next()
      }, TICK_MS)
      this.#timer.unref()
    }
    next()
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }
}

/** Two sockets, and what passes between them. */
interface Line {
  readonly sockets: readonly Socket[]
  readonly pumps: Readonly<Record<Direction, Pump>>
}

class Proxy implements FaultProxy {
  port = 0
  arrivals = 0
  readonly #lines = new Set<Line>()
  readonly #frozen = new Set<Direction>()
  readonly #throttle: Throttle
  readonly #target: () => Socket
  readonly #server = createServer({ allowHalfOpen: true }, (near) => this.#join(near))
  #isThrottled = false
  #isRefusing = false

  constructor(target: () => Socket, clock: Clock) {
    this.#target = target
    this.#throttle = new Throttle(clock, (bytes) => this.#grant(bytes))
  }

  get connections(): number {
    return this.#lines.size
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    this.port = (this.#server.address() as AddressInfo).port
  }

  blackhole(): void {
    this.freeze('up')
    this.freeze('down')
  }

  freeze(direction: Direction): void {
    this.#frozen.add(direction)
    for (const { pumps } of this.#lines) pumps[direction].isFrozen = true
  }

  thaw(): void {
    this.#throttle.stop()
    this.#isThrottled = false
    this.#frozen.clear()
    for (const pump of this.#pumps()) {
      pump.allowance = Infinity
      pump.isFrozen = false
    }
  }

  throttle(bytesPerSecond: number): void {
    this.#isThrottled = true
    for (const pump of this.#pumps()) pump.allowance = 0
    this.#throttle.start(bytesPerSecond)
  }

  cut(): void {
    for (const { sockets } of this.#lines) for (const socket of sockets) socket.resetAndDestroy()
  }

  refuse(): void {
    this.#isRefusing = true
  }

  accept(): void {
    this.#isRefusing = false
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#throttle.stop()
    for (const { sockets } of this.#lines) for (const socket of sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #pumps(): Pump[] {
    return [...this.#lines].flatMap(({ pumps }) => [pumps.up, pumps.down])
  }

  /** Nothing is saved up: a line that was idle may not send a burst. A fraction of a byte is, or slow ones would stand. */
  #grant(bytes: number): void {
    for (const pump of this.#pumps()) pump.allowance = Math.min(pump.allowance, 1) + bytes
  }

  #join(near: Socket): void {
    this.arrivals += 1
    near.on('error', () => undefined)
    if (this.#isRefusing) return void near.resetAndDestroy()
    const far = this.#target()
    const line = { sockets: [near, far], pumps: { up: new Pump(near, far), down: new Pump(far, near) } }
    this.#lines.add(line)
    near.on('close', () => this.#leave(line))
    far.on('close', () => this.#leave(line))
    if (this.#isThrottled) for (const pump of Object.values(line.pumps)) pump.allowance = 0
    for (const direction of this.#frozen) line.pumps[direction].isFrozen = true
  }

  #leave(line: Line): void {
    if (line.sockets.every((socket) => socket.destroyed)) this.#lines.delete(line)
  }
}

/** Listens on a port of its own on 127.0.0.1, and passes every connection on to the target. */
export async function startFaultProxy(
  targetPort: number,
  targetHost = '127.0.0.1',
  { clock = systemClock }: FaultProxyOptions = {},
): Promise<FaultProxy> {
  const target = () => connect({ port: targetPort, host: targetHost, allowHalfOpen: true })
  const proxy = new Proxy(target, clock)
  await proxy.listen()
  return proxy
}
