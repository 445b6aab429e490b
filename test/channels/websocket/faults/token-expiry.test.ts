/** Tokens that end while their clients are connected. */
import { Centrifuge } from 'centrifuge'
import { expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { startHub } from '../support/hub.ts'

const USER = '1001'
const MINUTE_MS = 60_000

it('a connection whose token has ended is closed 25 s later, and its client may come back with a new one', async () => {
  await using hub = await startHub()
  const device = await hub.audience.join(hub.url, {
    token: hub.driver.issueToken({ user: USER, ttlMs: MINUTE_MS }),
  })
  device.closed.catch(() => undefined)

  await hub.clock.advance(MINUTE_MS + 20_000)
  await device.settled()
  const wasOpen = device.isOpen
  await hub.clock.advance(6_000)

  expect(wasOpen).toBe(true)
  expect(await device.closed).toEqual({ code: 3005, reason: 'connection expired' })
})

it('a connection that shows a new token in time stays', async () => {
  await using hub = await startHub()
  const device = await hub.audience.join(hub.url, {
    token: hub.driver.issueToken({ user: USER, ttlMs: MINUTE_MS }),
  })
  const token = hub.driver.issueToken({ user: USER, ttlMs: 60 * MINUTE_MS })

  const result = await device.command('refresh', { token })
  await hub.clock.advance(MINUTE_MS + 20_000)
  await device.settled()
  await hub.clock.advance(6_000)
  await device.settled()

  expect(result).toMatchObject({ expires: true, ttl: 3_600 })
  expect(device.isOpen).toBe(true)
})

it.each([
  [
    'of somebody else',
    (hub: Awaited<ReturnType<typeof startHub>>) => hub.driver.issueToken({ user: '2002' }),
  ],
  ['that is none', () => 'not.a.token'],
])('a connection that shows a token %s is ended for good', async (_whose, tokenOf) => {
  await using hub = await startHub()
  const device = await hub.audience.join(hub.url, { token: hub.driver.issueToken({ user: USER }) })

  const refreshing = device.command('refresh', { token: tokenOf(hub) })

  await expect(refreshing).rejects.toMatchObject({ code: 3500 })
})

it('a new token that has ended already is told as such, and the connection goes on', async () => {
  await using hub = await startHub()
  const device = await hub.audience.join(hub.url, { token: hub.driver.issueToken({ user: USER }) })
  const token = hub.driver.issueToken({ user: USER, ttlMs: -MINUTE_MS })

  await expect(device.command('refresh', { token })).rejects.toMatchObject({ code: 109 })

  expect(device.isOpen).toBe(true)
})

it('the official client renews its token by itself, without a new connection', async () => {
  await using hub = await startHub()
  let fetched = 0
  let client: Centrifuge
  const renewed = new Promise<void>((resolve) => {
    client = new Centrifuge(hub.url, {
      websocket: WebSocket,
      getToken: () => {
        fetched++
        if (fetched === 2) resolve()
        // It renews a second or so before the end.
        return Promise.resolve(
          hub.driver.issueToken({ user: USER, ttlMs: fetched === 1 ? 1_500 : MINUTE_MS * 60 }),
        )
      },
    })
    client.connect()
  }).finally(() => client.disconnect())

  await renewed

  expect(hub.driver.stats().connects).toBe(1)
})

it('a subscription whose permission has ended goes, and the client may ask for it again', async () => {
  await using hub = await startHub({
    authorizeChannel: () => ({ expiresAt: Date.UTC(2026, 10, 23) + MINUTE_MS }),
  })
  const device = await hub.audience.join(hub.url, {
    token: hub.driver.issueToken({ user: USER, ttlMs: MINUTE_MS * 60 }),
  })

  const result = await device.subscribe('news')
  await hub.clock.advance(MINUTE_MS + 20_000)
  await device.settled()
  const during = await hub.notify.send('push', { to: { topic: 'news' }, title: 'still there' })
  await hub.clock.advance(6_000)
  await device.settled()
  const after = await hub.notify.send('push', { to: { topic: 'news' }, title: 'gone' })

  expect(result).toMatchObject({ expires: true, ttl: 60 })
  expect(during).toMatchObject({ status: 'sent' })
  expect(after).toMatchObject({ status: 'failed', error: { code: 'RECIPIENT_OFFLINE' } })
})

it('a token for one topic lets its user subscribe to it, renew it, and nothing else', async () => {
  await using hub = await startHub()
  const device = await hub.audience.join(hub.url, { token: hub.driver.issueToken({ user: USER }) })
  const token = hub.driver.issueToken({ user: USER, channel: 'news', ttlMs: MINUTE_MS })
  const foreign = hub.driver.issueToken({ user: '2002', channel: 'news' })

  await expect(device.subscribe('news', { token: foreign })).rejects.toMatchObject({ code: 103 })
  await expect(device.subscribe('other', { token })).rejects.toMatchObject({ code: 103 })
  await expect(hub.audience.join(hub.url, { token })).rejects.toMatchObject({ code: 3500 })
  const result = await device.subscribe('news', { token })
  const longer = hub.driver.issueToken({ user: USER, channel: 'news', ttlMs: 60 * MINUTE_MS })
  const renewed = await device.command('sub_refresh', { channel: 'news', token: longer })

  expect(result).toMatchObject({ expires: true, ttl: 60 })
  expect(renewed).toEqual({ expires: true, ttl: 3_600 })
  await hub.clock.advance(MINUTE_MS + 26_000)
  expect(await hub.notify.send('push', { to: { topic: 'news' }, title: 'there' })).toMatchObject({
    status: 'sent',
  })
})

it('a permission that has ended before it was given is none', async () => {
  await using hub = await startHub({ authorizeChannel: () => ({ expiresAt: Date.UTC(2026, 10, 22) }) })
  const device = await hub.audience.join(hub.url, { token: hub.driver.issueToken({ user: USER }) })

  await expect(device.subscribe('news')).rejects.toMatchObject({ code: 103 })
})
