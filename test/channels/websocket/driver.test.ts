import { expect, it } from 'vitest'
import { WebSocketDriver, type WebSocketMessageInput } from '../../../src/channels/websocket/index.ts'
import { createNotify } from '../../../src/index.ts'
import { KEY, startHub } from './support/hub.ts'
import { upgrade } from './support/raw-peer.ts'

it('writes a message to every device of the user and says to how many', async () => {
  await using hub = await startHub()
  const phone = await hub.join('user-1001')
  const laptop = await hub.join('user-1001')
  const other = await hub.join('user-2002')

  const result = await hub.notify.send('push', {
    to: { user: 'user-1001' },
    type: 'order.shipped',
    title: 'Shipped',
    data: { order: 7 },
  })

  expect(result).toMatchObject({ status: 'sent', receipt: { connections: 2, channel: '#user…' } })
  const id = result.status === 'sent' ? result.receipt.providerId : ''
  const expected = {
    channel: '#user-1001',
    data: { id, type: 'order.shipped', title: 'Shipped', data: { order: 7 } },
    offset: 1,
  }
  expect(await phone.received(1)).toEqual([expected])
  expect(await laptop.received(1)).toEqual([expected])
  await other.settled()
  expect(other.publications).toEqual([])
})

it('says that a message for who is away is stored, and hands it over when they come', async () => {
  await using hub = await startHub()
  await hub.join('somebody-else')

  const result = await hub.notify.send('push', { to: { user: 'user-1001' }, title: 'Anyone there?' })
  const device = await hub.join('user-1001')

  expect(result).toMatchObject({
    status: 'sent',
    receipt: { outcome: 'stored', stored: true, connections: 0, nodes: 0, offset: 1 },
  })
  expect(await device.received(1)).toMatchObject([
    { channel: '#user-1001', data: { title: 'Anyone there?' } },
  ])
})

it.each<[string, WebSocketMessageInput]>([
  ['a message that is not to be stored', { to: { user: 'user-1001' }, title: 'Now or never', store: false }],
  ['a topic that keeps nothing', { to: { topic: 'orders' }, title: 'Anyone there?' }],
])('never says sent when nobody is connected: %s', async (_which, message) => {
  await using hub = await startHub()
  await hub.join('somebody-else')

  const result = await hub.notify.send('push', message)

  expect(result).toMatchObject({
    status: 'failed',
    error: { code: 'RECIPIENT_OFFLINE', delivery: 'not_sent', provider: { code: 'offline' } },
  })
})

it('writes to the subscribers of a topic, and to everyone', async () => {
  await using hub = await startHub()
  const reader = await hub.join('1001', ['orders'])
  const other = await hub.join('2002')

  const topic = await hub.notify.send('push', { to: { topic: 'orders' }, data: { order: 7 } })
  const all = await hub.notify.send('push', { to: { all: true }, type: 'maintenance' })

  expect(topic).toMatchObject({ status: 'sent', receipt: { connections: 1, channel: 'orders' } })
  expect(all).toMatchObject({ status: 'sent', receipt: { connections: 2, channel: '@all' } })
  expect(await reader.received(2)).toMatchObject([
    { channel: 'orders', data: { type: 'message', data: { order: 7 } } },
    { channel: '@all', data: { type: 'maintenance' } },
  ])
  expect(await other.received(1)).toHaveLength(1)
})

it('shows no connection that has shown no token to anybody', async () => {
  await using hub = await startHub()
  const peer = await upgrade(hub.port)

  const result = await hub.notify.send('push', { to: { all: true }, title: 'Anyone?' })

  expect(result).toMatchObject({ status: 'failed', error: { code: 'RECIPIENT_OFFLINE' } })
  expect(peer.frames).toEqual([])
  peer.socket.destroy()
})

it('writes once what is sent twice under one idempotency key, and says that the second is a duplicate', async () => {
  await using hub = await startHub()
  const device = await hub.join('1001')
  const message = { to: { user: '1001' }, title: 'Paid' }

  const results = [
    await hub.notify.send('push', message, { idempotencyKey: 'order-7-paid' }),
    await hub.notify.send('push', message, { idempotencyKey: 'order-7-paid' }),
    await hub.notify.send('push', message, { idempotencyKey: 'order-8-paid' }),
  ]
  await device.settled()

  const receipts = results.map((result) => (result.status === 'sent' ? result.receipt : undefined))
  expect(receipts).toMatchObject([
    { offset: 1, duplicate: false },
    { offset: 1, duplicate: true, providerId: receipts[0]?.providerId },
    { offset: 2, duplicate: false },
  ])
  expect(device.publications.map(({ data }) => data.id)).toEqual([
    receipts[0]?.providerId,
    receipts[2]?.providerId,
  ])
})

it('gives two tries at a topic that keeps nothing one id, so that the second is not written again', async () => {
  await using hub = await startHub()
  const device = await hub.join('1001', ['orders'])
  const message = { to: { topic: 'orders' }, title: 'Paid' }

  await Promise.all(
    Array.from({ length: 5 }, () => hub.notify.send('push', message, { idempotencyKey: 'order-7-paid' })),
  )
  await device.settled()

  expect(device.publications).toHaveLength(1)
})

it.each([
  ['which the user’s history keeps', { to: { user: '1001' }, title: 'Paid' }, 'stored'],
  ['which nothing keeps', { to: { topic: 'orders' }, title: 'Paid' }, 'published'],
] as const)(
  'does not call lost what was written before under the same key, %s',
  async (_which, message, outcome) => {
    await using hub = await startHub()
    const device = await hub.join('1001', ['orders'])
    const send = () =>
      hub.notify.send('push', { ...message, confirm: 'written' }, { idempotencyKey: 'order-7-paid' })

    const results = [await send(), await send()]
    await device.settled()

    expect(results).toMatchObject([
      { status: 'sent', receipt: { outcome: 'written', connections: 1, duplicate: false } },
      { status: 'sent', receipt: { outcome, connections: null, duplicate: true } },
    ])
    expect(device.publications).toHaveLength(1)
  },
)

it('keeps the order in which messages were sent', async () => {
  await using hub = await startHub()
  const device = await hub.join('1001')

  const sends = Array.from({ length: 500 }, (_, n) =>
    hub.notify.send('push', { to: { user: '1001' }, data: n }),
  )
  await Promise.all(sends)

  const received = (await device.received(500)).map(({ data }) => data.data)
  expect(received).toEqual(Array.from({ length: 500 }, (_, n) => n))
})

it('keeps the order of the very first sends too, however soon after one another they come', async () => {
  for (let apart = 0; apart < 8; apart++) {
    await using hub = await startHub()
    const device = await hub.join('1001')
    const send = (data: number) => hub.notify.send('push', { to: { user: '1001' }, data })

    const first = send(1)
    for (let step = 0; step < apart; step++) await Promise.resolve()
    await Promise.all([first, send(2)])

    expect((await device.received(2)).map(({ data }) => data.data)).toEqual([1, 2])
  }
})

it('disconnects every device of a user, for good unless told otherwise', async () => {
  await using hub = await startHub()
  const devices = [await hub.join('1001'), await hub.join('1001')]
  const other = await hub.join('2002')

  expect(await hub.driver.disconnect({ user: '1001' })).toBe(2)
  expect(await hub.driver.disconnect({ user: '2002', reconnect: true })).toBe(1)
  expect(await hub.driver.disconnect({ user: 'nobody' })).toBe(0)

  for (const device of devices) expect(await device.closed).toMatchObject({ code: 3503 })
  expect(await other.closed).toMatchObject({ code: 3011 })
})

it('verifies that ws is there and somebody can connect', async () => {
  await using hub = await startHub()

  expect(await hub.notify.verify()).toMatchObject({ push: { status: 'ok', provider: 'websocket' } })
})

it('stops at once, with nothing written, when aborted while ws is still loading', async () => {
  const driver = new WebSocketDriver({ jwt: { keys: [KEY] } }, { loadWs: () => new Promise(() => undefined) })
  const notify = createNotify({
    retry: false,
    breaker: false,
    idempotency: false,
    channels: { push: driver },
  })
  const abort = new AbortController()
  const sending = notify.send('push', { to: { user: '1001' }, title: 'Hi' }, { signal: abort.signal })

  abort.abort()

  expect(await sending).toMatchObject({ status: 'failed', error: { code: 'ABORTED', delivery: 'not_sent' } })
  await notify.close()
})

it('keeps nothing of connections that have gone', async () => {
  await using hub = await startHub({ authorizeChannel: () => true })
  for (let round = 0; round < 20; round++) {
    const devices = await Promise.all(['a', 'b', 'c'].map((user) => hub.join(user)))
    await Promise.all(devices.map((device) => device.subscribe(`topic-${round}`)))
    await Promise.all(devices.map((device) => device.close()))
  }

  await expect.poll(() => hub.driver.connections).toBe(0)
  // The wheel stops when nobody waits for anything.
  await expect.poll(() => hub.clock.pending).toBe(0)
})
