import { EventEmitter, once } from 'node:events'
import { Centrifuge, type Options } from 'centrifuge'
import { expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { startHub } from './support/hub.ts'

function clientOf(url: string, options: Partial<Options>): Centrifuge & AsyncDisposable {
  const client = new Centrifuge(url, {
    websocket: WebSocket,
    minReconnectDelay: 10,
    maxReconnectDelay: 20,
    ...options,
  })
  return Object.assign(client, {
    [Symbol.asyncDispose]: () => Promise.resolve(client.disconnect()),
  })
}

const connected = (client: Centrifuge) => {
  client.connect()
  return client.ready(5_000)
}

it('serves the official client: its user’s messages, everyone’s, and those of its topics', async () => {
  await using hub = await startHub({ authorizeChannel: ({ channel }) => channel === 'news' })
  const token = hub.driver.issueToken({ user: '1001', channels: ['orders'] })
  await using client = clientOf(hub.url, { token })
  const received: unknown[] = []
  const arrived = new Promise<void>((resolve) => {
    client.on('publication', ({ channel, data }) => {
      received.push([channel, (data as { title: string }).title])
      if (received.length === 3) resolve()
    })
  })
  await connected(client)
  const news = client.newSubscription('news')
  const first = new Promise((resolve) => news.once('publication', ({ data }) => resolve(data)))
  news.subscribe()
  await news.ready(5_000)

  await hub.notify.send('push', { to: { user: '1001' }, title: 'mine' })
  await hub.notify.send('push', { to: { topic: 'orders' }, title: 'of a topic in the token' })
  await hub.notify.send('push', { to: { all: true }, title: 'everyone’s' })
  await hub.notify.send('push', { to: { topic: 'news' }, title: 'of a topic it asked for' })

  await arrived
  expect(received).toEqual([
    ['#1001', 'mine'],
    ['orders', 'of a topic in the token'],
    ['@all', 'everyone’s'],
  ])
  expect(await first).toMatchObject({ title: 'of a topic it asked for' })
})

it('gets the messages of a topic no more after the official client unsubscribed', async () => {
  await using hub = await startHub({ authorizeChannel: () => true })
  await using client = clientOf(hub.url, { token: hub.driver.issueToken({ user: '1001' }) })
  await connected(client)
  const news = client.newSubscription('news')
  news.subscribe()
  await news.ready(5_000)

  news.unsubscribe()
  await client.rpc('wait', {}).catch(() => undefined)

  const result = await hub.notify.send('push', { to: { topic: 'news' }, title: 'Late' })
  expect(result).toMatchObject({ status: 'failed', error: { code: 'RECIPIENT_OFFLINE' } })
})

it('lets the official client send its token and its subscriptions in one go', async () => {
  await using hub = await startHub({
    authenticate: async ({ token }) => {
      await new Promise((resolve) => setImmediate(resolve))
      return token === 'good' ? { user: '1001' } : null
    },
    authorizeChannel: () => Promise.resolve(true),
  })
  await using client = clientOf(hub.url, { token: 'good' })
  const news = client.newSubscription('news')
  news.subscribe()
  client.connect()
  await news.ready(5_000)

  expect(await hub.notify.send('push', { to: { topic: 'news' }, body: 'hi' })).toMatchObject({
    status: 'sent',
  })
})

it('tells the official client that nothing can be recovered', async () => {
  await using hub = await startHub({ authorizeChannel: () => true })
  await using client = clientOf(hub.url, { token: hub.driver.issueToken({ user: '1001' }) })
  await connected(client)
  const news = client.newSubscription('news', { since: { offset: 5, epoch: 'abc' }, recoverable: true })
  const subscribed = new Promise<{ wasRecovering: boolean; recovered: boolean }>((resolve) => {
    news.on('subscribed', resolve)
  })

  news.subscribe()

  expect(await subscribed).toMatchObject({ wasRecovering: true, recovered: false, recoverable: false })
})

it('answers the pings of the hub as the official client does, and so stays', async () => {
  await using hub = await startHub()
  const sent = new EventEmitter()
  class Recorded extends WebSocket {
    override send(data: string) {
      super.send(data)
      sent.emit(data)
    }
  }
  const token = hub.driver.issueToken({ user: '1001' })
  await using client = clientOf(hub.url, { token, websocket: Recorded })
  await connected(client)

  for (let round = 0; round < 3; round++) {
    const pong = once(sent, '{}')
    await hub.clock.advance(round === 0 ? 25_000 : 17_000)
    await pong
    await client.rpc('after the pong', {}).catch(() => undefined)
    await hub.clock.advance(8_000)
  }

  expect(client.state).toBe('connected')
  expect(hub.driver.connections).toBe(1)
})

it('stops the official client for good when its token is bad', async () => {
  await using hub = await startHub()
  await using client = clientOf(hub.url, { token: 'not.a.token' })
  const disconnected = new Promise((resolve) => client.on('disconnected', resolve))

  client.connect()

  expect(await disconnected).toMatchObject({ code: 3500, reason: 'invalid token' })
})

it('makes the official client fetch a new token when its own has expired', async () => {
  await using hub = await startHub()
  const expired = hub.driver.issueToken({ user: '1001', ttlMs: -60_000 })
  let fetched = 0
  await using client = clientOf(hub.url, {
    token: expired,
    getToken: () => {
      fetched++
      return Promise.resolve(hub.driver.issueToken({ user: '1001' }))
    },
  })

  await connected(client)

  expect(fetched).toBe(1)
  expect(hub.driver.connectionsOf('1001')).toBe(1)
})

it('refuses the official client another user’s channel and a topic nobody allowed', async () => {
  await using hub = await startHub()
  await using client = clientOf(hub.url, { token: hub.driver.issueToken({ user: '1001' }) })
  await connected(client)

  const refused = ['#2002', 'orders'].map((channel) => {
    const subscription = client.newSubscription(channel)
    subscription.subscribe()
    return new Promise((resolve) => subscription.on('unsubscribed', resolve))
  })

  for (const event of await Promise.all(refused)) expect(event).toMatchObject({ code: 103 })
})

it('lets the official client come back by itself after a restart', async () => {
  await using hub = await startHub()
  await using client = clientOf(hub.url, { token: hub.driver.issueToken({ user: '1001' }) })
  await connected(client)
  const left = once(client as unknown as NodeJS.EventEmitter, 'connecting')

  await hub.driver.disconnect({ user: '1001', reconnect: true })

  expect((await left)[0]).toMatchObject({ code: 3011 })
  await client.ready(5_000)
  expect(hub.driver.connectionsOf('1001')).toBe(1)
})
