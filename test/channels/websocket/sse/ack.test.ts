import { expect, it } from 'vitest'
import { MemoryBroker } from '../../../../src/channels/websocket/broker/memory-broker.ts'
import type { AcknowledgementEvent } from '../../../../src/channels/websocket/index.ts'
import { FakeClock } from '../../../../src/testing/index.ts'
import { startHub } from '../support/hub.ts'
import { openStream, post, ticketFor, type Stream } from './support/stream.ts'

type Hub = Awaited<ReturnType<typeof startHub>>

const epochOf = ({ connect }: Stream, channel = '#1001') => String(connect.subs[channel]?.['epoch'])

const open = async (hub: Hub, subs: object = {}) =>
  openStream(hub.port, { ticket: await hub.driver.issueTicket({ user: '1001' }), subs })

const ack = ({ port }: Hub, { connect }: Stream, ...acks: readonly unknown[]) =>
  post(port, '/push/ack', { body: { session: connect.session, acks } })

it('tells a sender that waits for it', async () => {
  await using hub = await startHub()
  const token = hub.driver.issueToken({ user: '1001' })
  const ticket = await ticketFor(hub.port, token, { device: 'tv' })
  const stream = await openStream(hub.port, { ticket })

  const sending = hub.notify.send('push', {
    to: { user: '1001' },
    title: 'Confirm me',
    confirm: 'ack',
    within: '5s',
  })
  await stream.received(2)
  const answer = await ack(hub, stream, ['#1001', 1, epochOf(stream)])

  expect([answer.status, answer.body]).toEqual([200, {}])
  expect(await sending).toMatchObject({
    status: 'sent',
    receipt: { outcome: 'acked', acked: { device: 'tv' } },
  })
  stream.close()
})

it('is remembered: what was acknowledged is not sent again', async () => {
  const told: AcknowledgementEvent[] = []
  await using hub = await startHub({ onAcknowledged: (event) => told.push(event) })
  const stream = await open(hub)
  for (const title of ['First', 'Second']) await hub.notify.send('push', { to: { user: '1001' }, title })
  await stream.received(3)

  await ack(hub, stream, ['#1001', 1, epochOf(stream)])
  stream.close()
  const next = await open(hub)

  expect(next.connect.subs['#1001']?.['publications']).toMatchObject([{ data: { title: 'Second' } }])
  const { client } = stream.connect
  expect(told).toEqual([{ client, user: '1001', device: '', channel: '#1001', offset: 1 }])
  expect(hub.driver.stats().acknowledged).toBe(1)
  next.close()
})

it('counts for the topics of the stream, and for nothing else', async () => {
  const told: AcknowledgementEvent[] = []
  const history = { size: 10, ttlMs: 60_000 }
  await using hub = await startHub({
    namespaces: { orders: { history }, staff: { history } },
    authorizeChannel: ({ channel }) => channel === 'orders',
    onAcknowledged: (event) => told.push(event),
  })
  const stream = await open(hub, { orders: {}, staff: {} })
  const positionIn = async (to: { topic: string } | { user: string }) => {
    const result = await hub.notify.send('push', { to, title: 'Kept' })
    const { offset, epoch } = result.status === 'sent' ? result.receipt : {}
    return [offset, epoch] as const
  }
  const [orders, staff, other] = [
    await positionIn({ topic: 'orders' }),
    await positionIn({ topic: 'staff' }),
    await positionIn({ user: '1002' }),
  ]

  const answer = await ack(
    hub,
    stream,
    ['staff', ...staff],
    ['#1002', ...other],
    ['@all', 1, ''],
    ['orders', ...orders],
  )

  expect([answer.status, answer.body]).toEqual([200, {}])
  expect(told).toMatchObject([{ channel: 'orders', offset: 1 }])
  stream.close()
})

it('is taken on a node that does not have the stream', async () => {
  const clock = new FakeClock()
  const shared = new MemoryBroker({ clock })
  // Two nodes of one broker, as far as texts and cursors go.
  const other = new MemoryBroker({ clock })
  other.read = (id) => shared.read(id)
  other.acknowledge = (...acknowledgement) => shared.acknowledge(...acknowledgement)
  await using here = await startHub({ broker: shared })
  await using there = await startHub({ broker: other })
  const stream = await open(here)
  const sending = here.notify.send('push', {
    to: { user: '1001' },
    title: 'Confirm me',
    confirm: 'ack',
    within: '5s',
  })
  await stream.received(2)

  const answer = await ack(there, stream, ['#1001', 1, epochOf(stream)])

  expect(answer.status).toBe(200)
  expect(await sending).toMatchObject({ receipt: { outcome: 'acked' } })
  stream.close()
})

it('is taken where the stream is, though the broker has lost what it knew of it', async () => {
  const broker = new MemoryBroker({ clock: new FakeClock() })
  broker.read = () => undefined
  await using hub = await startHub({ broker })
  const stream = await open(hub)
  await hub.notify.send('push', { to: { user: '1001' }, title: 'First' })
  await stream.received(2)

  const during = await ack(hub, stream, ['#1001', 1, epochOf(stream)])
  stream.close()
  await expect.poll(() => hub.driver.connections).toBe(0)
  const closed = await ack(hub, stream, ['#1001', 1, epochOf(stream)])

  expect([during.status, closed.status]).toEqual([200, 401])
})

it('may come for a minute after the stream has ended', async () => {
  const clock = new FakeClock()
  const kept: [id: string, ttlMs: number][] = []
  const broker = new MemoryBroker({ clock })
  const keep = broker.keep.bind(broker)
  broker.keep = (id, text, ttlMs) => {
    kept.push([id, ttlMs])
    keep(id, text, ttlMs)
  }
  await using hub = await startHub({ broker })
  const stream = await open(hub)
  await hub.notify.send('push', { to: { user: '1001' }, title: 'First' })
  await stream.received(2)
  stream.close()
  await expect.poll(() => kept.at(-1)).toEqual([`session:${stream.connect.session}`, 60_000])

  const inTime = await ack(hub, stream, ['#1001', 1, epochOf(stream)])
  await clock.advance(60_000)
  const late = await ack(hub, stream, ['#1001', 1, epochOf(stream)])

  expect([inTime.status, late.status]).toEqual([200, 401])
  expect(late.body).toEqual({ code: 3005, message: 'unknown session' })
})

it.each([
  [{}],
  [{ session: 'x', acks: 'all' }],
  [{ session: 7, acks: [] }],
  [{ session: 'x', acks: [['#1001']] }],
  [{ session: 'x', acks: [['#1001', -1, '']] }],
  [{ session: 'x', acks: [['#1001', 1.5, '']] }],
  [{ session: 'x', acks: [], more: true }],
  [[]],
  [null],
])('is refused where it is none: %j', async (body) => {
  await using hub = await startHub()

  const answer = await post(hub.port, '/push/ack', { body })

  expect(answer.status).toBe(400)
  expect(answer.body).toMatchObject({ code: 107 })
})

it('is refused where nobody knows the session', async () => {
  await using hub = await startHub()

  const answer = await post(hub.port, '/push/ack', { body: { session: 'x'.repeat(32), acks: [] } })

  expect([answer.status, answer.body]).toEqual([401, { code: 3005, message: 'unknown session' }])
})
