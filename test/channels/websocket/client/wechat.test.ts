/** In a mini-program, where `wx` is all there is. */
import { expect, it } from 'vitest'
import { PushClient, wechat, type PushClientOptions } from '../../../../src/channels/websocket/client.ts'
import { FakeClock } from '../../../../src/testing/index.ts'
import { startFaultProxy } from '../../../support/fault-proxy.ts'
import { startHub } from '../support/hub.ts'
import { timersOf } from './support/client.ts'
import { FakeWx } from './support/fake-wx.ts'
import { startStrictServer } from './support/strict-server.ts'

function open(url: string, wx: FakeWx, options: PushClientOptions = {}) {
  const client = new PushClient(url.replace('ws:', 'wss:'), { ...wechat(wx), token: 'a token', ...options })
  const titles: (string | undefined)[] = []
  client.on('message', ({ title }) => titles.push(title))
  client.connect()
  return { client, titles, [Symbol.dispose]: () => client.disconnect() }
}

it('receives and acknowledges', async () => {
  await using hub = await startHub()
  const wx = new FakeWx()
  using told = open(hub.url, wx, { token: hub.driver.issueToken({ user: '1001' }) })
  await expect.poll(() => told.client.state).toBe('open')

  const result = await hub.notify.send('push', { to: { user: '1001' }, title: '你好', confirm: 'ack' })

  expect(result).toMatchObject({ receipt: { outcome: 'acked' } })
  expect(told.titles).toEqual(['你好'])
  expect(wx.violations).toEqual([])
})

it('goes on where it was when the line was cut', async () => {
  await using hub = await startHub()
  await using proxy = await startFaultProxy(hub.port)
  const wx = new FakeWx()
  const token = hub.driver.issueToken({ user: '1001' })
  using told = open(`ws://127.0.0.1:${proxy.port}/push`, wx, { token, minDelayMs: 1 })
  await expect.poll(() => told.client.state).toBe('open')

  proxy.cut()
  await hub.notify.send('push', { to: { user: '1001' }, title: 'missed' })

  await expect.poll(() => told.titles).toEqual(['missed'])
  expect(wx.violations).toEqual([])
})

it('is done for good where the server says so', async () => {
  await using hub = await startHub()
  const wx = new FakeWx()
  using told = open(hub.url, wx, { token: 'no token of ours' })

  await expect.poll(() => told.client.state).toBe('failed')
  expect(wx.sockets).toBe(0)
})

it('never has more sockets than it may, however often it gives one up before it is open', async () => {
  await using server = await startStrictServer()
  await using proxy = await startFaultProxy(Number(new URL(server.url).port))
  proxy.blackhole()
  const clock = new FakeClock()
  const wx = new FakeWx(clock)
  using told = open(`ws://127.0.0.1:${proxy.port}/push`, wx, { clock: timersOf(clock), maxDelayMs: 1 })
  for (let tries = 1; tries <= 10; tries += 1) {
    await expect.poll(() => proxy.arrivals).toBeGreaterThanOrEqual(tries)
    await clock.advance(5_001)
  }

  proxy.thaw()
  await expect.poll(() => told.client.state).toBe('open')

  await expect.poll(() => wx.sockets).toBe(1)
  expect(wx.violations).toEqual([])
})

it('closes a socket that it has given up as soon as it opens', async () => {
  await using server = await startStrictServer()
  await using proxy = await startFaultProxy(Number(new URL(server.url).port))
  proxy.blackhole()
  const wx = new FakeWx(new FakeClock())
  using told = open(`ws://127.0.0.1:${proxy.port}/push`, wx)
  await expect.poll(() => proxy.arrivals).toBe(1)

  told.client.disconnect()
  expect(wx.sockets).toBe(1)
  proxy.thaw()

  await expect.poll(() => wx.sockets).toBe(0)
  expect(server.peers.every((peer) => peer.commands.length === 0)).toBe(true)
})

it('does not wait for the next try when the network is back, or the mini-program in front', async () => {
  await using server = await startStrictServer()
  const wx = new FakeWx()
  server.refuseWith = 503
  using told = open(server.url, wx, { clock: timersOf(new FakeClock()) })
  await expect.poll(() => told.client.state).toBe('waiting')

  wx.tellNetwork(false)
  expect(told.client.state).toBe('waiting')
  wx.tellNetwork(true)
  await expect.poll(() => server.upgrades).toBe(2)
  await expect.poll(() => told.client.state).toBe('waiting')
  server.refuseWith = undefined
  wx.show()

  await expect.poll(() => told.client.state).toBe('open')
})

it('finds out that a socket died in the background, though nobody told it', async () => {
  await using server = await startStrictServer()
  await using proxy = await startFaultProxy(Number(new URL(server.url).port))
  const wx = new FakeWx()
  const clock = new FakeClock()
  using told = open(`ws://127.0.0.1:${proxy.port}/push`, wx, { clock: timersOf(clock) })
  await expect.poll(() => told.client.state).toBe('open')
  proxy.blackhole()

  wx.show()
  await clock.advance(5_000)
  expect(told.client.state).toBe('waiting')
  proxy.thaw()
  await clock.advance(500)

  await expect.poll(() => told.client.state).toBe('open')
})

it('takes its listeners away when it closes', async () => {
  await using server = await startStrictServer()
  const wx = new FakeWx()
  using told = open(server.url, wx)
  await expect.poll(() => told.client.state).toBe('open')

  told.client.disconnect()

  expect(wx.listeners).toBe(0)
  await expect.poll(() => wx.sockets).toBe(0)
})
