import { expect, it } from 'vitest'
import type { FakeDeviceOptions } from '../../../src/channels/websocket/fake.ts'
import { startHub } from './support/hub.ts'

const USER = '1001'
const MINUTE_MS = 60_000

type Hub = Awaited<ReturnType<typeof startHub>>

const tell = (hub: Hub, title: string, more: object = {}) =>
  hub.notify.send('push', { to: { user: USER }, title, ...more })
const join = (hub: Hub, options: FakeDeviceOptions = {}) =>
  hub.audience.join(hub.url, { token: hub.driver.issueToken({ user: USER }), ...options })
const titlesOf = ({ publications }: Awaited<ReturnType<typeof join>>) =>
  publications.filter(({ channel }) => channel.startsWith('#')).map(({ data }) => data.title)

it('sends a user who was away what was said meanwhile, in order, and goes on live', async () => {
  await using hub = await startHub()
  await tell(hub, 'one')
  await tell(hub, 'two')

  const device = await join(hub)
  await tell(hub, 'three')

  await device.settled()
  expect(titlesOf(device)).toEqual(['one', 'two', 'three'])
  expect(device.gaps).toEqual([])
})

it('sends a client that comes back only what came after its position', async () => {
  await using hub = await startHub()
  const before = await join(hub)
  await tell(hub, 'one')
  await before.settled()
  before.drop()
  await before.closed
  await tell(hub, 'two')
  await tell(hub, 'three')

  const after = await join(hub, { positions: before.positions })

  expect(titlesOf(after)).toEqual(['two', 'three'])
  expect(after.subscriptions[`#${USER}`]).toMatchObject({ wasRecovering: true, recovered: true })
})

it('sends no more of what a device has acknowledged, though the device forgot where it was', async () => {
  await using hub = await startHub()
  const before = await join(hub, { device: 'web' })
  await tell(hub, 'one')
  await before.settled()
  await before.acknowledge()
  await before.close()
  await tell(hub, 'two')

  const after = await join(hub, { device: 'web' })

  expect(titlesOf(after)).toEqual(['two'])
})

it('counts an acknowledgement of one device for all of the user’s, unless each is to have every message', async () => {
  for (const [acknowledgedBy, expected] of [
    ['any', []],
    ['each', ['one']],
  ] as const) {
    await using hub = await startHub({ user: { acknowledgedBy } })
    const web = await join(hub, { device: 'web' })
    await tell(hub, 'one')
    await web.settled()
    await web.acknowledge()

    const phone = await join(hub, { device: 'phone' })

    expect(titlesOf(phone)).toEqual(expected)
  }
})

it('replays nothing to clients without a position where that is configured', async () => {
  await using hub = await startHub({ user: { replay: 'none' } })
  await tell(hub, 'one')

  const device = await join(hub)
  await tell(hub, 'two')

  await device.settled()
  expect(titlesOf(device)).toEqual(['two'])
})

it('says that something is missing, and sends no part of it, when more was missed than is kept', async () => {
  await using hub = await startHub({ user: { history: { size: 3, ttlMs: MINUTE_MS } } })
  const before = await join(hub)
  await tell(hub, 'zero')
  await before.settled()
  await before.close()
  for (const title of ['one', 'two', 'three', 'four']) await tell(hub, title)

  const after = await join(hub, { positions: before.positions })
  await tell(hub, 'five')

  await after.settled()
  expect(after.subscriptions[`#${USER}`]).toMatchObject({ wasRecovering: true, recovered: false })
  expect(titlesOf(after)).toEqual(['five'])
})

it('recovers exactly as many as are kept', async () => {
  await using hub = await startHub({ user: { history: { size: 3, ttlMs: MINUTE_MS } } })
  const before = await join(hub)
  await tell(hub, 'zero')
  await before.settled()
  await before.close()
  for (const title of ['one', 'two', 'three']) await tell(hub, title)

  const after = await join(hub, { positions: before.positions })

  expect(titlesOf(after)).toEqual(['one', 'two', 'three'])
  expect(after.subscriptions[`#${USER}`]).toMatchObject({ recovered: true })
})

it('says that something is missing when what was missed has grown too old', async () => {
  await using hub = await startHub({ user: { history: { size: 10, ttlMs: MINUTE_MS } } })
  const before = await join(hub)
  await tell(hub, 'zero')
  await before.settled()
  await before.close()
  await tell(hub, 'one')
  await hub.clock.advance(MINUTE_MS + 1)

  const after = await join(hub, { positions: before.positions })

  expect(after.subscriptions[`#${USER}`]).toMatchObject({ recovered: false })
  expect(titlesOf(after)).toEqual([])
})

it('says that something is missing when more was missed than a client is sent', async () => {
  await using hub = await startHub({ recoverLimit: 2 })
  for (const title of ['one', 'two', 'three']) await tell(hub, title)

  const device = await join(hub)

  expect(device.subscriptions[`#${USER}`]).toMatchObject({ recovered: false })
  expect(titlesOf(device)).toEqual([])
})

it('leaves out what was of use for a while only, and calls that no loss', async () => {
  await using hub = await startHub()
  await tell(hub, 'short', { ttl: '5s' })
  await tell(hub, 'long')
  await hub.clock.advance(5_001)

  const device = await join(hub)

  expect(titlesOf(device)).toEqual(['long'])
  expect(device.subscriptions[`#${USER}`]).toMatchObject({ recovered: true })
})

it('keeps only the newest message of a key', async () => {
  await using hub = await startHub()
  await tell(hub, 'packed', { key: 'order-7' })
  await tell(hub, 'something else')
  await tell(hub, 'shipped', { key: 'order-7' })

  const device = await join(hub)

  expect(titlesOf(device)).toEqual(['something else', 'shipped'])
  expect(device.subscriptions[`#${USER}`]).toMatchObject({ recovered: true })
})

it('keeps nothing of a message that says so', async () => {
  await using hub = await startHub()
  const offline = await tell(hub, 'now or never', { store: false })

  const device = await join(hub)

  expect(offline).toMatchObject({
    status: 'failed',
    error: { code: 'RECIPIENT_OFFLINE', delivery: 'not_sent' },
  })
  expect(titlesOf(device)).toEqual([])
})

it('recovers a topic whose namespace keeps a history', async () => {
  const orders = { history: { size: 10, ttlMs: MINUTE_MS } }
  await using hub = await startHub({ namespaces: { orders }, authorizeChannel: () => true })
  const say = (title: string) => hub.notify.send('push', { to: { topic: 'orders:7' }, title })
  const before = await join(hub)
  await before.subscribe('orders:7')
  await say('one')
  await before.settled()
  await before.close()
  await say('two')
  const position = before.positions['orders:7']

  const after = await join(hub)
  const result = await after.subscribe('orders:7', { recover: true, ...position })

  expect(position).toMatchObject({ offset: 1 })
  expect(result).toMatchObject({ was_recovering: true, recovered: true })
  expect(after.publications.map(({ data }) => data.title)).toEqual(['two'])
})

it('does not take a position from before a restart for one of now, and withholds nothing that was said since', async () => {
  await using first = await startHub()
  const before = await join(first)
  await tell(first, 'before')
  await tell(first, 'before too')
  await before.settled()
  await using second = await startHub()
  await tell(second, 'since')

  const after = await join(second, { positions: before.positions })

  expect(after.subscriptions[`#${USER}`]).toMatchObject({ wasRecovering: true, recovered: false })
  expect(titlesOf(after)).toEqual(['since'])
})

it('does not believe a position ahead of the channel', async () => {
  await using hub = await startHub()
  const before = await join(hub)
  await tell(hub, 'one')
  await before.settled()
  const { epoch = '' } = before.positions[`#${USER}`] ?? {}

  const after = await join(hub, { positions: { [`#${USER}`]: { offset: 99, epoch } } })

  expect(after.subscriptions[`#${USER}`]).toMatchObject({ wasRecovering: true, recovered: false })
  expect(after.positions[`#${USER}`]).toEqual({ offset: 1, epoch })
})
