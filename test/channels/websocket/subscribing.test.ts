/** What is said while a client comes into a channel, and what happens where it cannot come in. */
import { expect, it } from 'vitest'
import { MemoryBroker } from '../../../src/channels/websocket/broker/memory-broker.ts'
import type { History, HistoryQuery } from '../../../src/core/push-broker.ts'
import { NotifyError } from '../../../src/index.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { startHub } from './support/hub.ts'

/** Tells of the history when a test says so, or not at all. */
class SlowBroker extends MemoryBroker {
  /** Called as soon as somebody asks. */
  onAsked: () => Promise<void> = () => Promise.resolve()

  override history(channel: string, query: HistoryQuery): History {
    // The contract lets a broker wait, which the one in memory never does.
    return this.onAsked().then(() => super.history(channel, query)) as unknown as History
  }
}

/** A gate that somebody has come to, and the way to open it. */
function startGate() {
  let open: () => void = () => undefined
  let arrive: () => void = () => undefined
  const opened = new Promise<void>((resolve) => (open = resolve))
  const reached = new Promise<void>((resolve) => (arrive = resolve))
  const pass = () => {
    arrive()
    return opened
  }
  return { pass, reached, open: () => open() }
}

it.each([
  ['is kept', {}],
  ['is of use now or never', { store: false }],
])('what is said while a client connects, and %s, reaches it once and counts it', async (_which, more) => {
  const broker = new SlowBroker({ clock: new FakeClock() })
  await using hub = await startHub({ broker })
  const gate = startGate()
  broker.onAsked = gate.pass
  const joining = hub.join('1001')
  await gate.reached

  const result = await hub.notify.send('push', { to: { user: '1001' }, title: 'Meanwhile', ...more })
  gate.open()
  const device = await joining
  await device.settled()

  expect(result).toMatchObject({ status: 'sent', receipt: { connections: 1 } })
  expect(device.publications.map(({ data }) => data.title)).toEqual(['Meanwhile'])
})

it('sends a client that has no position all that is kept, though something before it has grown too old', async () => {
  const hour = 3_600_000
  await using hub = await startHub()
  await hub.notify.send('push', { to: { user: '1001' }, title: 'too old by then' })
  await hub.clock.advance(23 * hour)
  const kept = await hub.notify.send('push', { to: { user: '1001' }, title: 'kept' })
  await hub.clock.advance(2 * hour)

  const device = await hub.join('1001')

  expect(kept).toMatchObject({ receipt: { outcome: 'stored' } })
  expect(device.publications.map(({ data }) => data.title)).toEqual(['kept'])
  expect(device.subscriptions['#1001']).toMatchObject({ wasRecovering: true, recovered: false })
})

it('ends a connection that cannot come back into its own channel, rather than leave it deaf', async () => {
  const broker = new SlowBroker({ clock: new FakeClock() })
  const errors: unknown[] = []
  await using hub = await startHub({ broker, onError: (error) => errors.push(error) })
  const device = await hub.join('1001')
  broker.onAsked = () => Promise.reject(new NotifyError('UNAVAILABLE', 'No line to Redis'))

  await expect(device.subscribe('#1001')).rejects.toMatchObject({ name: 'ConnectionRefused', code: 3004 })

  expect(errors).toMatchObject([{ code: 'UNAVAILABLE' }])
})

it('lets a client ask again for a topic that it could not come into', async () => {
  const broker = new SlowBroker({ clock: new FakeClock() })
  const history = { size: 5, ttlMs: 60_000 }
  await using hub = await startHub({
    broker,
    authorizeChannel: () => true,
    namespaces: { orders: { history } },
  })
  const device = await hub.join('1001')
  broker.onAsked = () => Promise.reject(new NotifyError('UNAVAILABLE', 'No line to Redis'))
  await expect(device.subscribe('orders')).rejects.toMatchObject({ name: 'CommandRefused', code: 100 })
  broker.onAsked = () => Promise.resolve()

  await device.subscribe('orders')

  expect(await hub.notify.send('push', { to: { topic: 'orders' }, title: 'Hi' })).toMatchObject({
    status: 'sent',
    receipt: { connections: 1 },
  })
})
