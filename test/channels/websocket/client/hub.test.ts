/** Against the hub itself. */
import { expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { issueToken } from '../../../../src/channels/websocket/issue-token.ts'
import { systemClock } from '../../../../src/core/clock.ts'
import { startFaultProxy } from '../../../support/fault-proxy.ts'
import { describeOnRedis } from '../../../redis/support.ts'
import { forkHub } from '../support/fork-hub.ts'
import { KEY, startHub } from '../support/hub.ts'
import { newClient, newStorage, timersOf } from './support/client.ts'

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)
const numbersOf = (messages: readonly { readonly data: unknown }[]) => messages.map(({ data }) => data)

it('loses and repeats nothing, however often its line is cut', async () => {
  await using hub = await startHub()
  await using proxy = await startFaultProxy(hub.port)
  const token = () => hub.driver.issueToken({ user: '1001' })
  using told = newClient(`ws://127.0.0.1:${proxy.port}/push`, { token, minDelayMs: 1, maxDelayMs: 20 })
  told.client.connect()
  await expect.poll(() => told.client.state).toBe('open')

  for (const number of range(1, 300)) {
    await hub.notify.send('push', { to: { user: '1001' }, data: number })
    if (number % 50 === 0) proxy.cut()
    if (number % 75 === 0) await expect.poll(() => told.messages.length).toBe(number)
  }
  await expect.poll(() => told.messages.length).toBe(300)

  expect(numbersOf(told.messages)).toEqual(range(1, 300))
  expect(told.gaps).toEqual([])
  expect(told.errors).toEqual([])
})

it('gets a topic that keeps its history whole, too', async () => {
  const namespaces = { orders: { history: { size: 100, ttlMs: 60_000 } } }
  await using hub = await startHub({ namespaces, authorizeChannel: () => true })
  await using proxy = await startFaultProxy(hub.port)
  const token = () => hub.driver.issueToken({ user: '1001' })
  using told = newClient(`ws://127.0.0.1:${proxy.port}/push`, { token, minDelayMs: 1 })
  const orders: unknown[] = []
  told.client.subscribe('orders', ({ data }) => orders.push(data))
  told.client.connect()
  await expect.poll(() => hub.driver.stats().channels).toBe(3)
  const send = (data: number) => hub.notify.send('push', { to: { topic: 'orders' }, data })
  await send(1)
  await expect.poll(() => orders).toEqual([1])

  proxy.cut()
  for (const number of [2, 3]) await send(number)

  await expect.poll(() => orders).toEqual([1, 2, 3])
  await expect(told.client.history('orders', { limit: 2, reverse: true })).resolves.toMatchObject({
    messages: [{ data: 3 }, { data: 2 }],
    offset: 3,
  })
})

it('tells of a gap where more was missed than is kept, and goes on', async () => {
  await using hub = await startHub({ user: { history: { size: 5, ttlMs: 60_000 } } })
  await using proxy = await startFaultProxy(hub.port)
  const token = () => hub.driver.issueToken({ user: '1001' })
  using told = newClient(`ws://127.0.0.1:${proxy.port}/push`, { token, minDelayMs: 1 })
  told.client.connect()
  await expect.poll(() => told.client.state).toBe('open')
  const send = (data: number) => hub.notify.send('push', { to: { user: '1001' }, data })
  await send(1)
  await expect.poll(() => told.messages).toHaveLength(1)
  proxy.refuse()
  proxy.cut()
  for (const number of range(2, 9)) await send(number)

  proxy.accept()
  await expect.poll(() => told.gaps).toEqual(['#1001'])
  await expect.poll(() => told.client.state).toBe('open')
  await send(10)

  await expect.poll(() => numbersOf(told.messages)).toEqual([1, 10])
})

it('gets on its first connect what its device has not acknowledged', async () => {
  await using hub = await startHub({ user: { acknowledgedBy: 'each' } })
  const token = () => hub.driver.issueToken({ user: '1001' })
  for (const number of [1, 2]) await hub.notify.send('push', { to: { user: '1001' }, data: number })
  {
    using phone = newClient(hub.url, { token, device: 'phone' })
    phone.client.connect()
    await expect.poll(() => numbersOf(phone.messages)).toEqual([1, 2])
  }
  await expect.poll(() => hub.driver.stats().acknowledged).toBeGreaterThan(0)
  await hub.notify.send('push', { to: { user: '1001' }, data: 3 })
  using phone = newClient(hub.url, { token, device: 'phone' })
  using tablet = newClient(hub.url, { token, device: 'tablet' })

  phone.client.connect()
  tablet.client.connect()

  await expect.poll(() => numbersOf(tablet.messages)).toEqual([1, 2, 3])
  await expect.poll(() => numbersOf(phone.messages)).toEqual([3])
})

it('loses and repeats nothing over a reload', async () => {
  await using hub = await startHub()
  const storage = newStorage()
  const token = () => hub.driver.issueToken({ user: '1001' })
  const received: unknown[] = []
  for (const number of range(1, 10)) {
    using told = newClient(hub.url, { token, storage })
    told.client.on('message', ({ data }) => received.push(data))
    told.client.connect()
    await expect.poll(() => told.client.state).toBe('open')
    await hub.notify.send('push', { to: { user: '1001' }, data: number })
    await expect.poll(() => received).toHaveLength(number)
  }

  expect(received).toEqual(range(1, 10))
})

it('is acknowledged as the sender asks for it', async () => {
  await using hub = await startHub({ authorizeChannel: () => true })
  using told = newClient(hub.url, { token: hub.driver.issueToken({ user: '1001' }), device: 'web' })
  told.client.connect()
  await expect.poll(() => told.client.state).toBe('open')

  const result = await hub.notify.send('push', { to: { user: '1001' }, title: 'Hi', confirm: 'ack' })

  expect(result).toMatchObject({ receipt: { outcome: 'acked', acked: { device: 'web' } } })
})

it('renews its token before it expires, on the same line', async () => {
  await using hub = await startHub()
  let count = 0
  const token = () => {
    count += 1
    return hub.driver.issueToken({ user: '1001', ttlMs: 2_000 })
  }
  using told = newClient(hub.url, { token })
  told.client.connect()

  await expect.poll(() => count, { timeout: 5_000 }).toBe(2)
  await told.client.rpc('after').catch(() => undefined)

  expect(told.states.map(({ state }) => state)).toEqual(['connecting', 'open'])
})

it('asks who is there, and tells who comes and goes', async () => {
  const namespaces = { room: { presence: true, joinLeave: true } }
  await using hub = await startHub({ namespaces, authorizeChannel: () => true })
  using told = newClient(hub.url, { token: hub.driver.issueToken({ user: '1001' }) })
  const seen: string[] = []
  told.client.on('join', ({ info }) => seen.push(`join ${info.user}`))
  told.client.on('leave', ({ info }) => seen.push(`leave ${info.user}`))
  told.client.subscribe('room', () => undefined)
  told.client.connect()
  await expect.poll(() => told.client.state).toBe('open')
  using other = newClient(hub.url, { token: hub.driver.issueToken({ user: '1002' }) })
  const off = other.client.subscribe('room', () => undefined)

  other.client.connect()
  await expect.poll(() => seen).toContain('join 1002')
  await expect(told.client.presenceStats('room')).resolves.toEqual({ num_clients: 2, num_users: 2 })
  expect(Object.values(await told.client.presence('room')).map(({ user }) => user)).toContain('1002')
  off()

  await expect.poll(() => seen).toContain('leave 1002')
})

it('tells the sender what was seen and followed', async () => {
  const engagements: unknown[] = []
  await using hub = await startHub({ onEngagement: (event) => engagements.push(event) })
  using told = newClient(hub.url, { token: hub.driver.issueToken({ user: '1001' }) })
  told.client.connect()
  await expect.poll(() => told.client.state).toBe('open')
  await hub.notify.send('push', { to: { user: '1001' }, title: 'Hi' })
  await hub.notify.send('push', { to: { all: true }, title: 'All' })
  await expect.poll(() => told.messages).toHaveLength(2)

  for (const message of told.messages) await told.client.seen(message)
  for (const message of told.messages) await told.client.clicked(message)

  const [mine, everyones] = told.messages
  expect(engagements).toMatchObject([
    { type: 'seen', messageId: mine?.id },
    { type: 'seen', messageId: everyones?.id },
    { type: 'clicked', messageId: mine?.id },
    { type: 'clicked', messageId: everyones?.id },
  ])
})

it('has as many topics as the hub allows a connection, though it may not ask for all of them at once', async () => {
  await using hub = await startHub({ authorizeChannel: () => true })
  const token = () => hub.driver.issueToken({ user: '1001' })
  using told = newClient(hub.url, { token, clock: timersOf(hub.clock) })
  for (const number of range(1, 128)) told.client.subscribe(`topic-${number}`, () => undefined)
  told.client.connect()
  const own = 2
  await expect.poll(() => hub.driver.stats().channels).toBeGreaterThan(own)

  for (let rounds = 0; rounds < 3; rounds += 1) {
    await told.client.rpc('after').catch(() => undefined)
    await hub.clock.advance(5_000)
  }

  await expect.poll(() => hub.driver.stats().channels).toBe(128 + own)
  expect(told.errors.filter(({ error }) => error.code !== 111)).toEqual([])
  expect(told.states.map(({ state }) => state)).toEqual(['connecting', 'open'])
})

describeOnRedis('when the hub is killed', (on) => {
  it('goes on with another that shares its Redis, with everything in order', async () => {
    const hubs = await Promise.all([forkHub(on.server.port), forkHub(on.server.port)])
    await using one = hubs[0]
    await using two = hubs[1]
    let url = one.url
    class Balanced extends WebSocket {
      constructor() {
        super(url)
      }
    }
    const user = 'client-1001'
    const token = () => issueToken({ user }, { keys: [Buffer.from(KEY)] }, systemClock.now())
    using told = newClient(url, { WebSocket: Balanced, token, minDelayMs: 1, maxDelayMs: 50 })
    told.client.connect()
    await expect.poll(() => told.client.state).toBe('open')
    const send = (data: number) => two.send({ to: { user }, data })
    for (const number of range(1, 50)) await send(number)

    url = two.url
    await one.kill()
    for (const number of range(51, 100)) await send(number)

    await expect.poll(() => told.messages.length, { timeout: 10_000 }).toBe(100)
    expect(numbersOf(told.messages)).toEqual(range(1, 100))
    expect(told.gaps).toEqual([])
  }, 60_000)
})
