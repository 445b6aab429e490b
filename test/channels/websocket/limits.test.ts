import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  CommandRate,
  ConnectionCounter,
  ConnectRate,
  ErrorRate,
} from '../../../src/channels/websocket/limits.ts'
import type { DisconnectionEvent } from '../../../src/channels/websocket/index.ts'
import { startHub } from './support/hub.ts'
import { command, frame, TEXT, upgrade } from './support/raw-peer.ts'

describe('one user', () => {
  it('with one device too many loses the oldest, for good', async () => {
    const left: DisconnectionEvent[] = []
    await using hub = await startHub({ maxConnectionsPerUser: 2, onDisconnect: (event) => left.push(event) })
    const [oldest, middle] = [await hub.join('1001'), await hub.join('1001')]
    await hub.join('2002')

    const newest = await hub.join('1001')

    expect(await oldest.closed).toEqual({ code: 3504, reason: 'connection limit' })
    expect(hub.driver.connectionsOf('1001')).toBe(2)
    expect(hub.driver.connections).toBe(3)
    await hub.notify.send('push', { to: { user: '1001' }, title: 'Hi' })
    expect(await Promise.all([middle.received(1), newest.received(1)])).toHaveLength(2)
    await expect.poll(() => left).toMatchObject([{ client: oldest.client, code: 3504 }])
  })
})

describe('one connection', () => {
  it('may be subscribed to so many topics', async () => {
    await using hub = await startHub({ maxChannels: 3, authorizeChannel: () => true })
    const device = await hub.join('1001', ['of-the-token'])
    await device.subscribe('a')
    await device.subscribe('b')

    await expect(device.subscribe('c')).rejects.toMatchObject({ code: 106 })
    await device.unsubscribe('a')
    await device.subscribe('c')
  })

  it('whose token names too many topics is closed for good with 3505', async () => {
    await using hub = await startHub({ maxChannels: 1 })

    await expect(hub.join('1001', ['a', 'b'])).rejects.toMatchObject({ code: 3505 })
    expect(hub.driver.connections).toBe(0)
  })

  it('that sends too many commands is told 111, and goes on when it has waited', async () => {
    await using hub = await startHub({ maxChannels: 3, commandBurst: 5, commandsPerSecond: 2 })
    const device = await hub.join('1001')
    for (let sent = 1; sent < 5; sent++) await device.settled()

    await expect(device.settled()).rejects.toMatchObject({ code: 111 })
    await hub.clock.advance(2_000)

    await device.settled()
  })

  it('that goes on all the same is closed with 3013', async () => {
    await using hub = await startHub({ maxChannels: 3, commandBurst: 5, commandsPerSecond: 2 })
    const token = hub.driver.issueToken({ user: '1001' })
    const peer = await upgrade(hub.port, { frames: [command(1, 'connect', { token })] })

    peer.send(...Array.from({ length: 10 }, (_, id) => command(id + 2, 'unsubscribe', { channel: 'a' })))

    expect(await peer.closeCode).toBe(3013)
    peer.socket.destroy()
  })

  it.each([
    ['in one frame', [frame(TEXT, '{}\n'.repeat(20))]],
    ['one by one', Array.from({ length: 20 }, () => frame(TEXT, '{}'))],
  ])('that sends pongs nobody asked for, %s, is closed with 3013', async (_how, frames) => {
    await using hub = await startHub({ maxChannels: 3, commandBurst: 5 })
    const token = hub.driver.issueToken({ user: '1001' })
    const peer = await upgrade(hub.port, { frames: [command(1, 'connect', { token })] })

    peer.send(...frames)

    expect(await peer.closeCode).toBe(3013)
    peer.socket.destroy()
  })

  it('whose commands fail 200 times in a minute is closed for good with 3509', async () => {
    await using hub = await startHub({ commandBurst: 1_000 })
    const token = hub.driver.issueToken({ user: '1001' })
    const peer = await upgrade(hub.port, { frames: [command(1, 'connect', { token })] })

    peer.send(
      ...Array.from({ length: 201 }, (_, n) => command(n + 2, 'subscribe', { channel: `topic-${n}` })),
    )

    expect(await peer.closeCode).toBe(3509)
    expect(peer.frames.filter(({ payload }) => payload.includes('"code":103'))).toHaveLength(201)
    peer.socket.destroy()
  })

  it('may subscribe to all its topics in one go when it comes back, by default', async () => {
    await using hub = await startHub({ authorizeChannel: () => true })
    const device = await hub.join('1001')

    await Promise.all(Array.from({ length: 128 }, (_, n) => device.subscribe(`topic-${n}`)))

    expect(hub.driver.connections).toBe(1)
  })
})

describe('all connections together', () => {
  it('come no faster than so many a second; more are told to come again', async () => {
    await using hub = await startHub({ connectionsPerSecond: 2 })
    const heads = []
    for (let turn = 0; turn < 4; turn++) heads.push((await upgrade(hub.port)).head)

    await hub.clock.advance(500)
    heads.push((await upgrade(hub.port)).head, (await upgrade(hub.port)).head)

    expect(heads.map(([status]) => status?.split(' ')[1])).toEqual(['101', '101', '503', '503', '101', '503'])
    expect(heads[2]).toContain('Retry-After: 2')
    expect(hub.driver.stats().refused).toEqual({ 503: 3 })
  })

  it('take nobody’s turn where they are refused anyway', async () => {
    await using hub = await startHub({ connectionsPerSecond: 1 })

    for (let turn = 0; turn < 5; turn++) {
      await upgrade(hub.port, { headers: { origin: 'https://evil.example' } })
    }

    expect((await upgrade(hub.port)).head[0]).toBe('HTTP/1.1 101 Switching Protocols')
  })
})

/** Moves when a test says so, and holds no timers. */
function startStopwatch() {
  let now = 0
  const clock = { now: () => now, monotonic: () => now, setTimeout: () => never() }
  return { clock, pass: (ms: number) => (now += ms), now: () => now }
}

const waitsAndTakes = fc.array(
  fc.record({ waitMs: fc.integer({ min: 0, max: 2_000 }), takes: fc.integer({ min: 1, max: 10 }) }),
  { maxLength: 30 },
)

/** Earns exactly what it takes, in waits whose fractions of a token do not add up to it. */
const ROUNDED = [
  { waitMs: 0, takes: 3 },
  { waitMs: 563, takes: 1 },
  { waitMs: 363, takes: 2 },
  { waitMs: 574, takes: 4 },
]

describe('ConnectRate', () => {
  it('lets in what a second allows and what time has earned, no more and no less', () => {
    fc.assert(
      fc.property(waitsAndTakes, (steps) => {
        const { clock, pass } = startStopwatch()
        const rate = new ConnectRate({ connectionsPerSecond: 4 }, clock)
        // Counted in thousandths: four a second are four of them in a millisecond.
        let earned = 4_000
        for (const { waitMs, takes } of steps) {
          pass(waitMs)
          earned = Math.min(4_000, earned + waitMs * 4)
          for (let take = 0; take < takes; take++) {
            expect(rate.take()).toBe(earned >= 1_000)
            if (earned >= 1_000) earned -= 1_000
          }
        }
      }),
      { examples: [[ROUNDED]] },
    )
  })

  it('holds nothing against those who come again and again while it is full', () => {
    const { clock, pass } = startStopwatch()
    const rate = new ConnectRate({ connectionsPerSecond: 2 }, clock)
    for (let turn = 0; turn < 1_000; turn++) rate.take()

    pass(1_000)

    expect([rate.take(), rate.take(), rate.take()]).toEqual([true, true, false])
  })
})

describe('ErrorRate', () => {
  it('is too much at the 201st error of a minute, and forgets with time', () => {
    const { clock, pass } = startStopwatch()
    const rate = new ErrorRate(clock)
    const take = (times: number) => Array.from({ length: times }, () => rate.take())

    expect(take(201).indexOf(true)).toBe(200)
    pass(60_600)
    expect(take(201).indexOf(true)).toBe(200)
  })
})

describe('CommandRate', () => {
  it('never allows more than the burst and what time has earned', () => {
    fc.assert(
      fc.property(waitsAndTakes, (steps) => {
        const { clock, pass, now } = startStopwatch()
        const rate = new CommandRate({ commandsPerSecond: 4, commandBurst: 10 }, clock)
        let allowed = 0
        for (const { waitMs, takes } of steps) {
          pass(waitMs)
          for (let take = 0; take < takes; take++) if (rate.take() === 'allowed') allowed++
        }
        expect(allowed).toBeLessThanOrEqual(10 + (now() / 1_000) * 4)
      }),
    )
  })
})

describe('ConnectionCounter', () => {
  it('counts as it is told and is empty when all have left, however often they say so', () => {
    const event = fc.record({
      ip: fc.constantFrom('a', 'b', 'c'),
      verb: fc.constantFrom('take', 'authenticated', 'leave'),
    })
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        const counter = new ConnectionCounter({
          maxConnections: 5,
          maxUnauthenticated: 3,
          maxConnectionsPerIp: 2,
        })
        const places: ReturnType<ConnectionCounter['take']>[] = []
        for (const { ip, verb } of events) {
          if (verb !== 'take') places.at(-1)?.[verb]()
          else if (counter.check(ip) === undefined) places.push(counter.take(ip))
        }
        for (const place of [...places, ...places]) place.leave()

        for (let n = 0; n < 3; n++) expect(counter.check(`ip-${n}`)).toBe(undefined)
        const taken = ['x', 'x'].map((ip) => counter.take(ip))
        expect(counter.check('x')).toBe('ip')
        for (const place of taken) place.leave()
      }),
    )
  })
})

function never(): never {
  throw new Error('Nothing waits here')
}
