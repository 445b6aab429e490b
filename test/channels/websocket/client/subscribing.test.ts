import { expect, expectTypeOf, it } from 'vitest'
import { WebSocket } from 'ws'
import { PushClient } from '../../../../src/channels/websocket/client.ts'
import type { WebSocketEnvelope } from '../../../../src/channels/websocket/message.ts'
import type { PushContent } from '../../../../src/channels/websocket/client.ts'
import { FakeClock } from '../../../../src/testing/index.ts'
import { newClient, timersOf } from './support/client.ts'
import { startStrictServer } from './support/strict-server.ts'

it('subscribes once for many listeners, and unsubscribes when the last has left', async () => {
  await using server = await startStrictServer()
  using told = newClient(server.url)
  const heard: string[] = []
  told.client.connect()
  await expect.poll(() => told.client.state).toBe('open')

  const offs = ['a', 'b'].map((name) =>
    told.client.subscribe('orders', ({ id }) => heard.push(`${name} ${id}`)),
  )
  await expect.poll(() => server.peer.params('subscribe')).toHaveLength(1)
  server.peer.publish('orders', undefined, { id: 'm1' })
  await expect.poll(() => heard).toEqual(['a m1', 'b m1'])
  offs[0]?.()
  offs[0]?.()
  server.peer.publish('orders', undefined, { id: 'm2' })
  await expect.poll(() => heard).toEqual(['a m1', 'b m1', 'b m2'])
  expect(server.peer.params('unsubscribe')).toEqual([])
  offs[1]?.()

  await expect.poll(() => server.peer.params('unsubscribe')).toEqual([{ channel: 'orders' }])
  expect(server.peer.params('subscribe')).toHaveLength(1)
})

it('hears one function twice where it is subscribed twice', async () => {
  await using server = await startStrictServer()
  using told = newClient(server.url)
  const heard: string[] = []
  const listener = ({ id }: { id: string }) => heard.push(id)
  told.client.subscribe('orders', listener)
  const off = told.client.subscribe('orders', listener)
  told.client.connect()
  await expect.poll(() => server.peers[0]?.params('subscribe')).toHaveLength(1)

  server.peer.publish('orders', undefined, { id: 'm1' })
  await expect.poll(() => heard).toEqual(['m1', 'm1'])
  off()
  server.peer.publish('orders', undefined, { id: 'm2' })

  await expect.poll(() => heard).toEqual(['m1', 'm1', 'm2'])
})

it('tells messages of a topic to its listeners alone, and every message to `message`', async () => {
  await using server = await startStrictServer({ subs: { '@all': {} } })
  using told = newClient(server.url)
  const orders: string[] = []
  told.client.subscribe('orders', ({ id }) => orders.push(id))
  told.client.connect()
  await expect.poll(() => server.peers[0]?.params('subscribe')).toHaveLength(1)

  server.peer.publish('@all', undefined, { id: 'm1' })
  server.peer.publish('orders', undefined, { id: 'm2' })
  await expect.poll(() => told.messages).toHaveLength(2)

  expect(orders).toEqual(['m2'])
})

it('hears nothing more of a topic that it has left', async () => {
  await using server = await startStrictServer()
  using told = newClient(server.url)
  const off = told.client.subscribe('orders', () => undefined)
  told.client.connect()
  await expect.poll(() => server.peers[0]?.params('subscribe')).toHaveLength(1)

  off()
  server.peer.publish('orders', undefined, { id: 'm1' })
  await told.client.rpc('after')

  expect(told.messages).toEqual([])
})

it.each([
  ['messages', { subscribe: { epoch: 'o1', offset: 1, publications: [{ offset: 1, data: { id: 'm1' } }] } }],
  ['errors', { error: { code: 103, message: 'permission denied' } }],
])('hears no %s of a topic that it left before the answer', async (_, answer) => {
  await using server = await startStrictServer()
  server.answers['subscribe'] = () => undefined
  using told = newClient(server.url)
  const off = told.client.subscribe('orders', () => undefined)
  told.client.connect()
  await expect.poll(() => server.peers[0]?.params('subscribe')).toHaveLength(1)
  const id = server.peer.commands.at(-1)?.id

  off()
  server.peer.say({ id, ...answer })
  await told.client.rpc('after')

  expect(told.messages).toEqual([])
  expect(told.errors).toEqual([])
})

it('subscribes again after every reconnect, but not to what it has left', async () => {
  await using server = await startStrictServer()
  using told = newClient(server.url, { minDelayMs: 1 })
  told.client.subscribe('orders', () => undefined)
  told.client.subscribe('stock', () => undefined)()
  told.client.connect()
  await expect.poll(() => server.peers[0]?.params('subscribe')).toHaveLength(1)

  server.peer.cut()
  await expect.poll(() => server.peers.length).toBe(2)

  await expect.poll(() => server.peer.params('subscribe')).toMatchObject([{ channel: 'orders' }])
})

it('does not subscribe to what the server has subscribed it to', async () => {
  await using server = await startStrictServer({ subs: { news: {} } })
  using told = newClient(server.url)
  const heard: string[] = []
  told.client.subscribe('news', ({ id }) => heard.push(id))
  told.client.connect()
  await expect.poll(() => told.client.state).toBe('open')

  server.peer.publish('news', undefined, { id: 'm1' })
  await expect.poll(() => heard).toEqual(['m1'])

  expect(server.peer.params('subscribe')).toEqual([])
})

it('goes on hearing a channel of the server when its own last listener has left', async () => {
  await using server = await startStrictServer({ subs: { news: {} } })
  using told = newClient(server.url)
  told.client.connect()
  await expect.poll(() => told.client.state).toBe('open')

  told.client.subscribe('news', () => undefined)()
  server.peer.publish('news', undefined, { id: 'm1' })

  await expect.poll(() => told.messages).toHaveLength(1)
  expect(server.peer.params('unsubscribe')).toEqual([])
})

it('tells what could not be subscribed to, and asks for it again on the next line', async () => {
  await using server = await startStrictServer()
  server.answers['subscribe'] = () => ({ error: { code: 103, message: 'permission denied' } })
  using told = newClient(server.url, { minDelayMs: 1 })
  told.client.subscribe('secret', () => undefined)
  told.client.connect()

  await expect
    .poll(() => told.errors)
    .toMatchObject([{ channel: 'secret', error: { code: 103, message: 'permission denied' } }])
  expect(told.errors[0]?.error).toBeInstanceOf(Error)
  server.peer.cut()

  await expect.poll(() => told.errors).toHaveLength(2)
})

it('tells of no error where the line is lost before the answer', async () => {
  await using server = await startStrictServer()
  server.answers['subscribe'] = () => undefined
  using told = newClient(server.url, { minDelayMs: 1 })
  told.client.subscribe('orders', () => undefined)
  told.client.connect()
  await expect.poll(() => server.peers[0]?.params('subscribe')).toHaveLength(1)

  server.peer.cut()
  await expect.poll(() => server.peers[1]?.params('subscribe')).toHaveLength(1)

  expect(told.errors).toEqual([])
})

it('asks again in 5 seconds for what the server refused for now', async () => {
  await using server = await startStrictServer()
  server.answers['subscribe'] = () => ({
    error: { code: 111, message: 'too many requests', temporary: true },
  })
  const clock = new FakeClock()
  using told = newClient(server.url, { clock: timersOf(clock) })
  told.client.subscribe('orders', () => undefined)
  told.client.connect()
  await expect.poll(() => told.errors).toHaveLength(1)
  delete server.answers['subscribe']

  await clock.advance(5_000)

  await expect.poll(() => server.peer.params('subscribe')).toHaveLength(2)
  await told.client.rpc('after')
  expect(told.errors).toHaveLength(1)
})

it('stays unsubscribed where the server means it, and tells why', async () => {
  await using server = await startStrictServer()
  using told = newClient(server.url)
  told.client.subscribe('orders', () => undefined)
  told.client.connect()
  await expect.poll(() => server.peers[0]?.params('subscribe')).toHaveLength(1)

  server.peer.say({ push: { channel: 'orders', unsubscribe: { code: 2000, reason: 'not any more' } } })
  await told.client.rpc('after')

  expect(server.peer.params('subscribe')).toHaveLength(1)
  expect(told.errors).toMatchObject([{ channel: 'orders', error: { code: 2000, message: 'not any more' } }])
})

it('tells who comes and goes', async () => {
  await using server = await startStrictServer({ subs: { room: {} } })
  using told = newClient(server.url)
  const seen: unknown[] = []
  told.client.on('join', (presence) => seen.push(['join', presence]))
  told.client.on('leave', (presence) => seen.push(['leave', presence]))
  told.client.connect()
  await expect.poll(() => told.client.state).toBe('open')
  const info = { user: '1002', client: 'c2' }

  server.peer.say(
    { push: { channel: 'room', join: { info } } },
    { push: { channel: 'room', leave: { info } } },
  )

  await expect
    .poll(() => seen)
    .toEqual([
      ['join', { channel: 'room', info }],
      ['leave', { channel: 'room', info }],
    ])
})

it('subscribes to a topic of any name', async () => {
  await using server = await startStrictServer()
  using told = newClient(server.url)
  const names = ['constructor', '__proto__', 'toString', 'hasOwnProperty']
  const heard: string[] = []
  for (const name of names) told.client.subscribe(name, ({ channel }) => heard.push(channel))
  told.client.connect()
  await expect.poll(() => server.peers[0]?.params('subscribe')).toHaveLength(names.length)

  for (const name of names) server.peer.publish(name, undefined, { id: 'm1' })

  await expect.poll(() => heard).toEqual(names)
})

it('knows what the topics of an application carry', () => {
  const client = new PushClient<{ orders: { order: number } }>('ws://127.0.0.1:1/push', { WebSocket })

  client.subscribe('orders', ({ data }) => expectTypeOf(data).toEqualTypeOf<{ order: number }>())
  // @ts-expect-error there is no such topic
  client.subscribe('order', () => undefined)
  client.on('message', ({ data }) => expectTypeOf(data).toEqualTypeOf<unknown>())
  expectTypeOf<Exclude<keyof WebSocketEnvelope, keyof PushContent>>().toEqualTypeOf<'ack'>()
  expect(client.state).toBe('idle')
})
