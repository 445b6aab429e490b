/** Over server-sent events, where no WebSocket comes through. */
import { expect, it, vi } from 'vitest'
import { startHub } from '../support/hub.ts'
import type { PushClientOptions } from '../../../../src/channels/websocket/client.ts'
import { FakeClock } from '../../../../src/testing/index.ts'
import { startBlockingProxy } from './support/blocking-proxy.ts'
import { newClient, newStorage, timersOf } from './support/client.ts'
import { NodeEventSource } from './support/event-source.ts'

async function startBlockedHub(overrides: Parameters<typeof startHub>[0] = {}) {
  const hub = await startHub(overrides)
  const proxy = await startBlockingProxy(hub.port)
  const token = () => hub.driver.issueToken({ user: '1001' })
  return {
    ...hub,
    proxy,
    /** A client behind the proxy. */
    open: (options: PushClientOptions = {}) =>
      newClient(`ws://127.0.0.1:${proxy.port}/push`, {
        ...{ EventSource: NodeEventSource, fallback: 'sse', token, minDelayMs: 1, maxDelayMs: 1 },
        ...options,
      }),
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]()
      await hub[Symbol.asyncDispose]()
    },
  }
}

it('comes through after two WebSockets that did not', async () => {
  await using hub = await startBlockedHub()
  using told = hub.open()

  told.client.connect()
  await expect.poll(() => told.client.state).toBe('open')
  await hub.notify.send('push', { to: { user: '1001' }, title: 'Hi' })

  await expect.poll(() => told.messages).toMatchObject([{ channel: '#1001', title: 'Hi', offset: 1 }])
  expect(told.client.transport).toBe('sse')
  expect(hub.proxy.upgrades).toBe(2)
})

it.each([
  ['it is not to', { fallback: false as const }],
  ['there is no EventSource', { EventSource: undefined as never }],
])('goes on with WebSockets where %s', async (_, options) => {
  await using hub = await startBlockedHub()
  using told = hub.open(options)

  told.client.connect()

  await expect.poll(() => hub.proxy.upgrades).toBeGreaterThan(4)
  expect(told.states.map(({ state }) => state)).not.toContain('open')
})

it('stays with WebSockets once one has opened', async () => {
  await using hub = await startBlockedHub()
  hub.proxy.isOpenMinded = true
  using told = hub.open()
  told.client.connect()
  await expect.poll(() => told.client.state).toBe('open')
  hub.proxy.isOpenMinded = false
  await hub.driver.disconnect({ user: '1001', reconnect: true })

  await expect.poll(() => hub.proxy.upgrades).toBeGreaterThan(4)

  expect(told.client.transport).not.toBe('sse')
})

it('is not what a client takes to because it could not get a token', async () => {
  await using hub = await startBlockedHub()
  hub.proxy.isOpenMinded = true
  let fetches = 0
  const token = () => {
    fetches += 1
    if (fetches <= 2) throw new Error('the login service is down')
    return hub.driver.issueToken({ user: '1001' })
  }
  using told = hub.open({ token })

  told.client.connect()
  await expect.poll(() => told.client.state).toBe('open')

  expect(told.client.transport).toBe('websocket')
})

it('acknowledges', async () => {
  await using hub = await startBlockedHub()
  using told = hub.open({ device: 'web' })
  told.client.connect()
  await expect.poll(() => told.client.state).toBe('open')

  const result = await hub.notify.send('push', { to: { user: '1001' }, title: 'Hi', confirm: 'ack' })

  expect(result).toMatchObject({ status: 'sent', receipt: { outcome: 'acked' } })
})

it('goes on where it was when the stream was cut, with one try of a WebSocket in between', async () => {
  await using hub = await startBlockedHub()
  using told = hub.open()
  told.client.connect()
  await expect.poll(() => told.client.state).toBe('open')
  await hub.notify.send('push', { to: { user: '1001' }, title: '1' })
  await expect.poll(() => told.messages).toHaveLength(1)

  hub.proxy.cut()
  for (const title of ['2', '3']) await hub.notify.send('push', { to: { user: '1001' }, title })
  await expect.poll(() => told.messages).toHaveLength(3)
  await hub.notify.send('push', { to: { user: '1001' }, title: '4' })
  await expect.poll(() => told.messages).toHaveLength(4)

  expect(told.messages.map(({ title }) => title)).toEqual(['1', '2', '3', '4'])
  expect(told.gaps).toEqual([])
  expect(hub.proxy.upgrades).toBe(3)
})

it('goes back to a WebSocket when one comes through', async () => {
  await using hub = await startBlockedHub()
  using told = hub.open()
  told.client.connect()
  await expect.poll(() => told.client.state).toBe('open')
  hub.proxy.isOpenMinded = true

  hub.proxy.cut()
  await expect.poll(() => told.client.transport).toBe('websocket')
  await expect.poll(() => told.client.state).toBe('open')
  await hub.notify.send('push', { to: { user: '1001' }, title: 'Hi' })

  await expect.poll(() => told.messages).toHaveLength(1)
})

it('brings topics, also those that are subscribed to and left while it is open', async () => {
  await using hub = await startBlockedHub({ authorizeChannel: () => true })
  using told = hub.open()
  const heard: string[] = []
  told.client.subscribe('orders', ({ title }) => heard.push(`orders ${title}`))
  told.client.connect()
  await expect.poll(() => told.client.state).toBe('open')
  await hub.notify.send('push', { to: { topic: 'orders' }, title: '1' })
  await expect.poll(() => heard).toEqual(['orders 1'])

  const off = told.client.subscribe('stock', ({ title }) => heard.push(`stock ${title}`))
  await expect.poll(() => told.states.filter(({ state }) => state === 'open')).toHaveLength(2)
  await hub.notify.send('push', { to: { topic: 'stock' }, title: '2' })
  await expect.poll(() => heard).toEqual(['orders 1', 'stock 2'])
  off()
  await expect.poll(() => told.states.filter(({ state }) => state === 'open')).toHaveLength(3)
  const result = await hub.notify.send('push', { to: { topic: 'stock' }, title: '3' })

  expect(result).toMatchObject({ status: 'failed', error: { code: 'RECIPIENT_OFFLINE' } })
  expect(told.client.transport).toBe('sse')
})

it('tells of a topic that the server refuses, once', async () => {
  await using hub = await startBlockedHub({ authorizeChannel: ({ channel }) => channel === 'orders' })
  using told = hub.open()
  for (const topic of ['orders', 'secret']) told.client.subscribe(topic, () => undefined)
  told.client.connect()
  await expect.poll(() => told.client.state).toBe('open')
  await hub.notify.send('push', { to: { topic: 'orders' }, title: '1' })
  await expect.poll(() => told.messages).toHaveLength(1)

  expect(told.errors).toMatchObject([{ channel: 'secret', error: { code: 103 } }])
})

it('says that other requests are not available', async () => {
  await using hub = await startBlockedHub()
  using told = hub.open()
  told.client.connect()
  await expect.poll(() => told.client.state).toBe('open')

  await expect(told.client.rpc('add')).rejects.toThrow('not available')
  await expect(told.client.history('orders', { limit: 1 })).rejects.toThrow('not available')
})

it('is done for good where the token is none', async () => {
  await using hub = await startBlockedHub()
  using told = hub.open({ token: 'no token of ours' })

  told.client.connect()

  await expect
    .poll(() => told.states.at(-1))
    .toEqual({ state: 'failed', code: 3500, reason: 'invalid token' })
})

it('fetches another token where that one is expired', async () => {
  await using hub = await startBlockedHub()
  const old = hub.driver.issueToken({ user: '1001', ttlMs: 1_000 })
  await hub.clock.advance(3_600_000)
  const tokens = [old, old, old]
  const token = () => tokens.shift() ?? hub.driver.issueToken({ user: '1001' })
  using told = hub.open({ token })

  told.client.connect()
  await expect.poll(() => told.client.state).toBe('open')

  expect(told.states).toContainEqual(expect.objectContaining({ state: 'waiting', code: 109 }))
})

it('comes back when the server ends the stream for a while, and not when it does for good', async () => {
  await using hub = await startBlockedHub()
  using told = hub.open()
  told.client.connect()
  await expect.poll(() => told.client.state).toBe('open')

  await hub.driver.disconnect({ user: '1001', reconnect: true })
  await expect.poll(() => told.states.filter(({ state }) => state === 'open')).toHaveLength(2)
  await hub.driver.disconnect({ user: '1001' })
  await expect.poll(() => told.client.state).toBe('failed')

  expect(told.states.at(-1)).toMatchObject({ code: 3503 })
})

it('leaves no stream open once it is closed, whatever was on its way', async () => {
  await using hub = await startBlockedHub()
  const clock = new FakeClock()
  let answer: () => void = () => undefined
  const held = new Promise<void>((resolve) => (answer = resolve))
  const fetchLater = async (url: string, init: RequestInit) => {
    const response = await fetch(url, init)
    await held
    return response
  }
  using told = hub.open({ fetch: fetchLater, clock: timersOf(clock) })
  told.client.connect()
  for (let tries = 0; tries < 2; tries += 1) {
    await expect.poll(() => told.client.state).toBe('waiting')
    await clock.advance(1)
  }
  await expect.poll(() => told.client.transport).toBe('sse')

  told.client.disconnect()
  answer()
  await expect.poll(() => hub.driver.stats().connects).toBe(1)

  await expect.poll(() => hub.driver.connections).toBe(0)
  expect(told.client.state).toBe('closed')
})

it('notices that the stream is silent, and opens another', async () => {
  await using hub = await startBlockedHub()
  const clock = new FakeClock()
  using told = hub.open({ clock: timersOf(clock) })
  told.client.connect()
  for (let tries = 0; tries < 2; tries += 1) {
    await expect.poll(() => told.client.state).toBe('waiting')
    await clock.advance(1)
  }
  await expect.poll(() => told.client.state).toBe('open')

  await clock.advance(35_000)

  expect(told.states).toContainEqual(expect.objectContaining({ state: 'waiting', reason: 'timeout' }))
})

it('loses and repeats nothing over a reload', async () => {
  await using hub = await startBlockedHub()
  const storage = newStorage()
  {
    using before = hub.open({ storage })
    before.client.connect()
    await expect.poll(() => before.client.state).toBe('open')
    await hub.notify.send('push', { to: { user: '1001' }, title: '1' })
    await expect.poll(() => before.messages).toHaveLength(1)
  }
  await hub.notify.send('push', { to: { user: '1001' }, title: '2' })
  using after = hub.open({ storage })

  after.client.connect()
  await expect.poll(() => after.messages.length).toBeGreaterThan(0)

  expect(after.messages.map(({ title }) => title)).toEqual(['2'])
})

it('sends an acknowledgement again that did not come through', async () => {
  await using hub = await startBlockedHub()
  const acks = vi.fn()
  const failing = async (url: string, init: RequestInit) => {
    if (!url.endsWith('/ack')) return fetch(url, init)
    acks()
    if (acks.mock.calls.length === 1) throw new TypeError('fetch failed')
    return fetch(url, init)
  }
  using told = hub.open({ fetch: failing })
  told.client.connect()
  await expect.poll(() => told.client.state).toBe('open')

  const result = await hub.notify.send('push', { to: { user: '1001' }, title: 'Hi', confirm: 'ack' })

  expect(result).toMatchObject({ receipt: { outcome: 'acked' } })
  expect(acks).toHaveBeenCalledTimes(2)
  expect(told.messages).toHaveLength(1)
})
