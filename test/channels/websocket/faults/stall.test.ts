/** The process stood still: nobody could be heard meanwhile, so nobody may be ended for having been silent. */
import { expect, it } from 'vitest'
import type { Clock, Timer } from '../../../../src/core/clock.ts'
import { connectFakeDevice, type FakeDevice } from '../../../../src/channels/websocket/fake.ts'
import { websocket, type DisconnectionEvent } from '../../../../src/channels/websocket/index.ts'
import { startFaultProxy } from '../../../support/fault-proxy.ts'
import { KEY } from '../support/hub.ts'

const TICK_MS = 250
const PING_MS = 25_000
const PONG_MS = 8_000
const DEVICES = 60

interface Waiting {
  readonly dueAt: number
  readonly run: () => void
}

/** Time passes in steps that a test takes; within one of them nothing is read from any socket, as in a process that is busy. */
class SteppingClock implements Clock {
  #now = 0
  #waiting = new Set<Waiting>()

  now(): number {
    return Date.UTC(2026, 10, 23) + this.#now
  }

  monotonic(): number {
    return this.#now
  }

  setTimeout(run: () => void, delayMs: number): Timer {
    const waiting = { dueAt: this.#now + Math.max(0, delayMs), run }
    this.#waiting.add(waiting)
    return {
      cancel: () => void this.#waiting.delete(waiting),
      ref: () => undefined,
      unref: () => undefined,
    }
  }

  /** So much time passes at once; then what is due fires, each once, before any socket is read. */
  step(ms: number): void {
    this.#now += ms
    const due = [...this.#waiting].filter(({ dueAt }) => dueAt <= this.#now)
    for (const waiting of due) if (this.#waiting.delete(waiting)) waiting.run()
  }
}

async function startCrowd() {
  const clock = new SteppingClock()
  const left: DisconnectionEvent[] = []
  const jwt = { keys: [KEY] }
  const onDisconnect = (event: DisconnectionEvent) => left.push(event)
  const driver = websocket({ jwt, pingMs: PING_MS, pongMs: PONG_MS, drainMs: 0, onDisconnect }, { clock })
  const { port } = await driver.listen()
  const proxy = await startFaultProxy(port)
  const devices: FakeDevice[] = []
  for (let n = 0; n < DEVICES; n += 1) {
    const token = driver.issueToken({ user: `user-${n}`, ttlMs: 86_400_000 })
    devices.push(await connectFakeDevice(`ws://127.0.0.1:${proxy.port}/push`, { token }))
  }
  let talkers = devices.slice()
  const settle = () => Promise.all(talkers.map((device) => device.settled()))
  return {
    driver,
    proxy,
    devices,
    left,
    stall: (ms: number) => clock.step(ms),
    /** Time passes tick by tick, and all that was written to devices and by them is read in between. */
    pass: async (ms: number) => {
      for (let passed = 0; passed < ms; passed += TICK_MS) {
        clock.step(TICK_MS)
        await settle()
      }
    },
    /** Time passes tick by tick, and nothing comes from any device. */
    passUnheard: async (ms: number) => {
      for (let passed = 0; passed < ms; passed += TICK_MS) {
        clock.step(TICK_MS)
        await turnLoop(clock)
      }
    },
    settle,
    silence: (device: FakeDevice | undefined) => {
      device?.stopPonging()
      talkers = talkers.filter((other) => other !== device)
    },
    async [Symbol.asyncDispose]() {
      for (const device of devices) device.drop()
      await driver.close()
      await proxy[Symbol.asyncDispose]()
    },
  }
}

/** In each turn of the loop, what is due fires. */
async function turnLoop(clock: SteppingClock): Promise<void> {
  for (let turns = 0; turns < 25; turns += 1) {
    clock.step(0)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

it('ends nobody after a stall of 40 s, also where the answers to its pings take a while', async () => {
  await using crowd = await startCrowd()
  // Half of them have been sent a ping by then, and the next ones are due.
  await crowd.pass(PING_MS - 6_000)

  crowd.proxy.freeze('up')
  await crowd.passUnheard(500)
  crowd.stall(40_000)
  await crowd.passUnheard(PONG_MS - 1_000)
  crowd.proxy.thaw()
  await crowd.settle()
  await crowd.pass(PING_MS + PONG_MS)

  expect(crowd.left).toEqual([])
  expect(crowd.driver.connections).toBe(DEVICES)
  expect(Math.min(...crowd.devices.map(({ pings }) => pings))).toBeGreaterThan(0)
}, 60_000)

it('ends nobody when it stands still again and again', async () => {
  await using crowd = await startCrowd()
  await crowd.pass(PING_MS - 6_000)

  for (let stalls = 0; stalls < 20; stalls += 1) {
    crowd.stall(40_000)
    await crowd.settle()
  }

  expect(crowd.left).toEqual([])
  expect(crowd.driver.connections).toBe(DEVICES)
}, 60_000)

it('still finds who is gone, in the time it takes without a stall', async () => {
  await using crowd = await startCrowd()
  const [silent] = crowd.devices
  crowd.silence(silent)
  crowd.stall(40_000)

  await crowd.pass(PING_MS + PONG_MS + TICK_MS)

  await expect.poll(() => crowd.left).toMatchObject([{ client: silent?.client, code: 3012 }])
  expect(crowd.driver.connections).toBe(DEVICES - 1)
}, 60_000)
