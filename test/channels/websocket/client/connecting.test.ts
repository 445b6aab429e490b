import { WebSocket } from 'ws'
import { describe, expect, it, vi } from 'vitest'
import { startFaultProxy } from '../../../support/fault-proxy.ts'
import { FakeClock } from '../../../../src/testing/index.ts'
import { PushClient } from '../../../../src/channels/websocket/client.ts'
import { newClient, timersOf } from './support/client.ts'
import { startStrictServer } from './support/strict-server.ts'

it('says who it is in its first command', async () => {
  await using server = await startStrictServer()
  using told = newClient(server.url, { token: 'who I am', device: 'web', data: { locale: 'de' } })

  told.client.connect()
  await expect.poll(() => told.client.state).toBe('open')

  expect(server.peer.params('connect')).toEqual([
    { token: 'who I am', data: { locale: 'de', device: 'web' }, subs: {} },
  ])
  expect(told.states).toEqual([{ state: 'connecting' }, { state: 'open' }])
  expect(told.client.transport).toBe('websocket')
})

it('connects once, however often it is told to', async () => {
  await using server = await startStrictServer()
  using told = newClient(server.url)

  told.client.connect()
  told.client.connect()
  await expect.poll(() => told.client.state).toBe('open')
  told.client.connect()
  await told.client.rpc('after')

  expect(server.upgrades).toBe(1)
})

it('answers pings where the server wants that', async () => {
  await using server = await startStrictServer()
  using told = newClient(server.url)
  told.client.connect()
  await expect.poll(() => told.client.state).toBe('open')

  server.peer.sayRaw('{}')

  await expect.poll(() => server.peer.pongs).toBe(1)
})

it('answers no pings where the server does not', async () => {
  await using server = await startStrictServer({ pong: false })
  using told = newClient(server.url)
  told.client.connect()
  await expect.poll(() => told.client.state).toBe('open')

  server.peer.sayRaw('{}')
  await told.client.rpc('after')

  expect(server.peer.pongs).toBe(0)
})

describe('when the line is lost', () => {
  it('comes back after a while', async () => {
    await using server = await startStrictServer()
    const clock = new FakeClock()
    using told = newClient(server.url, { clock: timersOf(clock) })
    told.client.connect()
    await expect.poll(() => told.client.state).toBe('open')

    server.peer.cut()
    await expect.poll(() => told.client.state).toBe('waiting')
    await clock.advance(500)
    await expect.poll(() => told.client.state).toBe('open')

    expect(server.peers).toHaveLength(2)
    expect(told.states.map(({ state }) => state)).toEqual([
      'connecting',
      'open',
      'waiting',
      'connecting',
      'open',
    ])
  })

  it('waits up to twice as long each time, and anywhere in between', async () => {
    await using proxy = await startFaultProxy(1)
    proxy.refuse()
    const clock = new FakeClock()
    const random = vi.spyOn(Math, 'random').mockReturnValue(0.5)
    using told = newClient(`ws://127.0.0.1:${proxy.port}/push`, { clock: timersOf(clock), maxDelayMs: 3_000 })
    const waits = () => told.states.filter(({ state }) => state === 'waiting').map(({ delayMs }) => delayMs)

    told.client.connect()
    for (let tries = 1; tries <= 5; tries += 1) {
      await expect.poll(() => waits().length).toBe(tries)
      await clock.advance(waits().at(-1) ?? 0)
    }
    random.mockRestore()

    expect(waits().slice(0, 5)).toEqual([250, 500, 1_000, 1_500, 1_500])
  })

  it('waits no longer than at first once it was open', async () => {
    await using server = await startStrictServer()
    const clock = new FakeClock()
    using random = vi.spyOn(Math, 'random').mockReturnValue(1)
    using told = newClient(server.url, { clock: timersOf(clock) })
    told.client.connect()
    for (let tries = 1; tries <= 3; tries += 1) {
      await expect.poll(() => told.client.state).toBe('open')
      server.peer.cut()
      await expect.poll(() => told.client.state).toBe('waiting')
      await clock.advance(500)
    }

    expect(random).toHaveBeenCalledTimes(3)
    expect(told.states.flatMap(({ delayMs }) => delayMs ?? [])).toEqual([500, 500, 500])
  })

  it('takes a silent line for lost 10 seconds after a ping was due', async () => {
    await using server = await startStrictServer()
    await using proxy = await startFaultProxy(Number(new URL(server.url).port))
    const clock = new FakeClock()
    using told = newClient(`ws://127.0.0.1:${proxy.port}/push`, { clock: timersOf(clock) })
    told.client.connect()
    await expect.poll(() => told.client.state).toBe('open')
    proxy.blackhole()

    await clock.advance(34_999)
    expect(told.client.state).toBe('open')
    await clock.advance(1)

    expect(told.states.at(-1)).toMatchObject({ state: 'waiting', reason: 'timeout' })
    proxy.thaw()
    await clock.advance(500)
    await expect.poll(() => told.client.state).toBe('open')
  })

  it('is kept by anything that comes', async () => {
    await using server = await startStrictServer()
    const clock = new FakeClock()
    using told = newClient(server.url, { clock: timersOf(clock) })
    told.client.connect()
    await expect.poll(() => told.client.state).toBe('open')

    for (let minutes = 0; minutes < 3; minutes += 1) {
      await clock.advance(30_000)
      server.peer.sayRaw('{}')
      await expect.poll(() => server.peer.pongs).toBe(minutes + 1)
    }

    expect(told.client.state).toBe('open')
  })

  it('is not watched where the server does not ping', async () => {
    await using server = await startStrictServer({ ping: undefined })
    const clock = new FakeClock()
    using told = newClient(server.url, { clock: timersOf(clock) })
    told.client.connect()
    await expect.poll(() => told.client.state).toBe('open')

    await clock.advance(86_400_000)

    expect(told.client.state).toBe('open')
  })

  it('gives up on a server that does not answer, and tries again', async () => {
    await using server = await startStrictServer()
    const welcome = server.answers['connect']
    server.answers['connect'] = () => undefined
    const clock = new FakeClock()
    using told = newClient(server.url, { clock: timersOf(clock) })
    told.client.connect()
    await expect.poll(() => server.peers.length).toBe(1)

    await clock.advance(5_000)
    expect(told.states.at(-1)).toMatchObject({ state: 'waiting', reason: 'timeout' })
    if (welcome) server.answers['connect'] = welcome
    await clock.advance(500)

    await expect.poll(() => told.client.state).toBe('open')
  })
})

describe('when the server ends the line', () => {
  it.each([3500, 3501, 3503, 3999, 4500, 4999])('is done for good after %i', async (code) => {
    await using server = await startStrictServer()
    const clock = new FakeClock()
    using told = newClient(server.url, { clock: timersOf(clock) })
    told.client.connect()
    await expect.poll(() => told.client.state).toBe('open')

    server.peer.close(code, 'no more')
    await expect.poll(() => told.client.state).toBe('failed')
    await clock.advance(60_000)

    expect(told.states.at(-1)).toEqual({ state: 'failed', code, reason: 'no more' })
    expect(server.upgrades).toBe(1)
  })

  it.each([1001, 1009, 3001, 3005, 3499, 4000, 4499])('comes back after %i', async (code) => {
    await using server = await startStrictServer()
    const clock = new FakeClock()
    using told = newClient(server.url, { clock: timersOf(clock) })
    told.client.connect()
    await expect.poll(() => told.client.state).toBe('open')

    server.peer.close(code, 'later')
    await expect.poll(() => told.client.state).toBe('waiting')
    await clock.advance(500)
    await expect.poll(() => told.client.state).toBe('open')

    expect(told.states).toContainEqual(expect.objectContaining({ state: 'waiting', code, reason: 'later' }))
  })

  it('tries again after a failure only when it is told to', async () => {
    await using server = await startStrictServer()
    using told = newClient(server.url)
    told.client.connect()
    await expect.poll(() => told.client.state).toBe('open')
    server.peer.close(3503)
    await expect.poll(() => told.client.state).toBe('failed')

    told.client.connect()

    await expect.poll(() => told.client.state).toBe('open')
  })

  it.each([
    [101, 'failed'],
    [103, 'failed'],
    [107, 'failed'],
    [100, 'waiting'],
    [109, 'waiting'],
    [111, 'waiting'],
  ])('takes error %i in answer to connect for %s', async (code, state) => {
    await using server = await startStrictServer()
    server.answers['connect'] = () => ({ error: { code, message: 'not now' } })
    using told = newClient(server.url, { clock: timersOf(new FakeClock()) })

    told.client.connect()
    await expect.poll(() => told.client.state).toBe(state)

    expect(told.states.at(-1)).toMatchObject({ code, reason: 'not now' })
  })
})

describe('when the network or the user is back', () => {
  it('does not wait for the next try', async () => {
    await using server = await startStrictServer()
    server.refuseWith = 503
    const clock = new FakeClock()
    let wake: () => void = () => undefined
    const watch = (callback: () => void) => ((wake = callback), () => undefined)
    using told = newClient(server.url, { watch, clock: timersOf(clock) })
    told.client.connect()
    await expect.poll(() => told.client.state).toBe('waiting')
    server.refuseWith = undefined

    wake()

    await expect.poll(() => told.client.state).toBe('open')
  })

  it('asks an open line for a sign of life, and gives it up without one', async () => {
    await using server = await startStrictServer()
    await using proxy = await startFaultProxy(Number(new URL(server.url).port))
    const clock = new FakeClock()
    let wake: () => void = () => undefined
    const watch = (callback: () => void) => ((wake = callback), () => undefined)
    using told = newClient(`ws://127.0.0.1:${proxy.port}/push`, { watch, clock: timersOf(clock) })
    told.client.connect()
    await expect.poll(() => told.client.state).toBe('open')

    wake()
    await expect.poll(() => server.peer.params('rpc')).toEqual([{ method: 'ack', data: [] }])
    await clock.advance(10_000)
    expect(told.client.state).toBe('open')
    proxy.blackhole()
    wake()
    await clock.advance(5_000)

    expect(told.client.state).toBe('waiting')
  })

  it('stops looking out for it once it is closed', async () => {
    await using server = await startStrictServer()
    const stop = vi.fn()
    using told = newClient(server.url, { watch: () => stop })
    told.client.connect()
    await expect.poll(() => told.client.state).toBe('open')

    told.client.disconnect()

    expect(stop).toHaveBeenCalledTimes(1)
  })
})

it('tells of an address that is none, and goes on trying', async () => {
  const clock = new FakeClock()
  using told = newClient('no address', { clock: timersOf(clock) })

  told.client.connect()
  await expect.poll(() => told.client.state).toBe('waiting')

  expect(told.errors).toMatchObject([{ error: { name: 'SyntaxError' } }])
})

it('goes on when a listener throws', async () => {
  await using server = await startStrictServer()
  using told = newClient(server.url)
  told.client.on('state', () => {
    throw new Error('a bug in the page')
  })
  told.client.on('error', () => {
    throw new Error('a bug in the handler of bugs')
  })

  told.client.connect()
  await expect.poll(() => told.client.state).toBe('open')

  expect(told.errors).toMatchObject([
    { error: { message: 'a bug in the page' }, state: { state: 'connecting' } },
    { error: { message: 'a bug in the page' }, state: { state: 'open' } },
  ])
})

it('is idle until it is told to connect', () => {
  const client = new PushClient('ws://127.0.0.1:1/push', { WebSocket })

  expect(client.state).toBe('idle')
  expect(client.transport).toBeUndefined()
})
