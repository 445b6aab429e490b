/** What a test can learn from a fake device, and what it can have it do. */
import { describe, expect, it } from 'vitest'
import type { FakeDeviceOptions } from '../../../src/channels/websocket/fake.ts'
import type { AcknowledgementEvent } from '../../../src/channels/websocket/index.ts'
import { startHub } from './support/hub.ts'

type Hub = Awaited<ReturnType<typeof startHub>>

const OWN = '#1001'
const room = { history: { size: 3, ttlMs: 60_000 }, presence: true, joinLeave: true }

const joinAs = (hub: Hub, options: FakeDeviceOptions = {}, channels: readonly string[] = []) =>
  hub.audience.join(hub.url, { token: hub.driver.issueToken({ user: '1001', channels }), ...options })

const say = async (hub: Hub, ...titles: readonly string[]) => {
  for (const title of titles) await hub.notify.send('push', { to: { user: '1001' }, title })
}

const titlesOf = ({ publications }: { readonly publications: readonly { data: { title?: string } }[] }) =>
  publications.map(({ data }) => data.title)

describe('a device that comes back', () => {
  it('with its positions has what it missed before what comes live, and each once', async () => {
    await using hub = await startHub()
    const before = await joinAs(hub)
    await say(hub, 'one')
    await before.received(1)
    await before.close()
    await say(hub, 'two', 'three')

    const after = await joinAs(hub, { positions: before.positions })
    await say(hub, 'four')
    await after.received(3)

    expect(titlesOf(after)).toEqual(['two', 'three', 'four'])
    expect(after.publications.map(({ offset }) => offset)).toEqual([2, 3, 4])
    expect(after.subscriptions[OWN]).toMatchObject({
      recoverable: true,
      wasRecovering: true,
      recovered: true,
      position: { offset: 3 },
    })
    expect(after.positions[OWN]).toEqual({ offset: 4, epoch: before.positions[OWN]?.epoch })
    expect(after.gaps).toEqual([])
  })

  it('to a channel that has forgotten too much is told of a gap, and where the channel goes on', async () => {
    await using hub = await startHub({ user: { history: { size: 2, ttlMs: 60_000 } } })
    const before = await joinAs(hub)
    await before.close()
    await say(hub, 'one', 'two', 'three')

    const after = await joinAs(hub, { positions: before.positions })

    expect(titlesOf(after)).toEqual([])
    expect(after.gaps).toEqual([{ channel: OWN, position: after.positions[OWN] }])
    expect(after.positions[OWN]).toMatchObject({ offset: 3 })
  })

  it('knows nothing of the place in channels that keep nothing', async () => {
    await using hub = await startHub()
    const device = await joinAs(hub)

    await hub.notify.send('push', { to: { all: true }, title: 'Hi' })
    const [publication] = await device.received(1)

    expect(publication).toEqual({ channel: '@all', data: publication?.data })
    expect(device.subscriptions['@all']).toEqual({
      recoverable: false,
      wasRecovering: false,
      recovered: false,
    })
    expect(Object.keys(device.positions)).toEqual([OWN])
  })
})

describe('a device that acknowledges', () => {
  it('says so of all it has, or up to where the test says', async () => {
    const heard: AcknowledgementEvent[] = []
    await using hub = await startHub({ onAcknowledged: (event) => heard.push(event) })
    const device = await joinAs(hub, { device: 'phone' })
    await say(hub, 'one', 'two', 'three')
    await device.received(3)

    await device.acknowledge(OWN, 1)
    await device.acknowledge(OWN)
    await device.acknowledge()

    const said = { client: device.client, user: '1001', device: 'phone', channel: OWN }
    expect(heard).toEqual([1, 3, 3].map((offset) => ({ ...said, offset })))
  })

  it('by itself does so for what it missed and for what comes live', async () => {
    const heard: number[] = []
    await using hub = await startHub({ onAcknowledged: ({ offset }) => heard.push(offset) })
    await say(hub, 'missed')

    const device = await joinAs(hub, { autoAck: true })
    await expect.poll(() => heard).toEqual([1])
    await say(hub, 'live')
    await expect.poll(() => heard).toEqual([1, 2])
    await device.close()

    expect(titlesOf(await joinAs(hub))).toEqual([])
  })

  it('not by itself is sent everything again', async () => {
    await using hub = await startHub()
    const device = await joinAs(hub)
    await say(hub, 'one')
    await device.received(1)

    expect(titlesOf(await joinAs(hub))).toEqual(['one'])
  })
})

it('calls itself by the name it was given, beside whatever else it shows', async () => {
  const seen: unknown[] = []
  await using hub = await startHub({
    authenticate: ({ data }) => {
      seen.push(data)
      return { user: '1001' }
    },
  })

  await hub.audience.join(hub.url, { device: 'phone', data: { app: 7 } })
  await hub.audience.join(hub.url, { device: 'phone' })
  await hub.audience.join(hub.url, { data: 'anything' })

  expect(seen).toEqual([{ app: 7, device: 'phone' }, { device: 'phone' }, 'anything'])
})

it('tells who came into its channels and who left', async () => {
  await using hub = await startHub({ namespaces: { room } })
  const device = await joinAs(hub, {}, ['room:1'])

  const other = await hub.join('2002', ['room:1'])
  await other.close()
  await expect.poll(() => device.leaves).toHaveLength(1)

  const both = [
    { channel: 'room:1', client: device.client, user: '1001' },
    { channel: 'room:1', client: other.client, user: '2002' },
  ]
  expect(device.joins).toEqual(both)
  expect(device.leaves).toEqual(both.slice(1))
})

it('gets what it missed of a topic that it subscribes to with its position', async () => {
  await using hub = await startHub({ namespaces: { room }, authorizeChannel: () => true })
  const device = await joinAs(hub)
  await device.subscribe('room:1')
  await device.unsubscribe('room:1')
  expect(Object.keys(device.subscriptions)).not.toContain('room:1')
  await hub.notify.send('push', { to: { topic: 'room:1' }, title: 'missed' })

  await device.subscribe('room:1', { recover: true, ...device.positions['room:1'] })

  expect(titlesOf(device)).toEqual(['missed'])
  expect(device.subscriptions['room:1']).toMatchObject({ recovered: true })
  expect(device.positions['room:1']).toMatchObject({ offset: 1 })
})

it('reads what has waited for it when it reads again', async () => {
  await using hub = await startHub()
  const device = await joinAs(hub)
  device.stopReading()
  await say(hub, 'one', 'two')

  device.resumeReading()

  expect(titlesOf({ publications: await device.received(2) })).toEqual(['one', 'two'])
})
