/** What is left behind when something goes wrong half-way. */
import { expect, it } from 'vitest'
import { MemoryBroker } from '../../../src/channels/websocket/broker/memory-broker.ts'
import { websocketConfig } from '../../../src/channels/websocket/config.ts'
import { websocketMessage } from '../../../src/channels/websocket/message.ts'
import { NotifyError } from '../../../src/index.ts'
import type { History, HistoryQuery } from '../../../src/core/push-broker.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { KEY, startHub } from './support/hub.ts'

it('shows nobody as present whom onConnect has turned away', async () => {
  const broker = new MemoryBroker({ clock: new FakeClock() })
  const onConnect = () => {
    throw new Error('not today')
  }
  await using hub = await startHub({ broker, onConnect, namespaces: { room: { presence: true } } })
  const device = await hub.join('1001', ['room'])

  const { code } = await device.closed

  expect(code).toBe(3004)
  expect(broker.present('room')).toEqual([])
})

it('ends nobody for what the broker cannot do for a while', async () => {
  class Moody extends MemoryBroker {
    isAway = false
    override subscribe(channels: readonly string[]): void {
      if (this.isAway) throw new NotifyError('UNAVAILABLE', 'No line')
      super.subscribe(channels)
    }
  }
  const broker = new Moody({ clock: new FakeClock() })
  await using hub = await startHub({ broker, authorizeChannel: () => true, commandBurst: 1_000 })
  const device = await hub.join('1001')
  broker.isAway = true

  const asked = Array.from({ length: 300 }, () => device.subscribe('news'))
  const codes = (await Promise.allSettled(asked)).map(
    (one) => one.status === 'rejected' && (one.reason as { code: number }).code,
  )

  expect(new Set(codes)).toEqual(new Set([100]))
  expect(hub.driver.connections).toBe(1)
})

it('lets a client into a channel that the broker has refused at once before', async () => {
  class Moody extends MemoryBroker {
    isAway = false
    override subscribe(channels: readonly string[]): void {
      if (this.isAway) throw new NotifyError('UNAVAILABLE', 'No line')
      super.subscribe(channels)
    }
  }
  const broker = new Moody({ clock: new FakeClock() })
  await using hub = await startHub({ broker, authorizeChannel: () => true })
  const device = await hub.join('1001')
  broker.isAway = true
  await expect(device.subscribe('news')).rejects.toMatchObject({ code: 100 })
  broker.isAway = false

  await device.subscribe('news')

  expect(await hub.notify.send('push', { to: { topic: 'news' }, title: 'Hi' })).toMatchObject({
    status: 'sent',
    receipt: { connections: 1 },
  })
})

it.each([Number.NaN, Infinity])(
  'lets nobody subscribe until %s, which would never end',
  async (expiresAt) => {
    await using hub = await startHub({ authorizeChannel: () => ({ expiresAt }) })
    const device = await hub.join('1001')

    await expect(device.subscribe('news')).rejects.toMatchObject({ name: 'CommandRefused', code: 103 })
  },
)

it('stops listening though the broker cannot be closed', async () => {
  class Stubborn extends MemoryBroker {
    override close(): void {
      super.close()
      throw new Error('stuck')
    }
  }
  const hub = await startHub({ broker: new Stubborn({ clock: new FakeClock() }) })

  await expect(hub.driver.close()).rejects.toThrow('stuck')

  await expect(fetch(`http://127.0.0.1:${hub.port}/`)).rejects.toThrow('fetch failed')
  await hub.audience.close()
})

it('disconnects the bearer of a token who is still on the way into the channels', async () => {
  let go: () => void = () => undefined
  let arrive: () => void = () => undefined
  const gate = new Promise<void>((resolve) => (go = resolve))
  const asked = new Promise<void>((resolve) => (arrive = resolve))
  class Slow extends MemoryBroker {
    override history(channel: string, query: HistoryQuery): History {
      arrive()
      return gate.then(() => super.history(channel, query)) as unknown as History
    }
  }
  await using hub = await startHub({
    broker: new Slow({ clock: new FakeClock() }),
    jwt: undefined,
    authenticate: () => ({ user: '1001', tokenId: 'stolen' }),
  })
  const joining = hub.audience.join(hub.url, { token: 'any' })
  await asked

  const ended = await hub.driver.disconnect({ tokenId: 'stolen' })
  go()

  expect(ended).toBe(1)
  await expect(joining).rejects.toMatchObject({ code: 3503 })
})

it.each(['java\tscript:alert(1)', 'java\nscript:alert(1)', '\u0001javascript:alert(1)', ' data:text/html,x'])(
  'refuses %j, which a browser takes for a script',
  (url) => {
    const { error } = websocketMessage.safeParse({ to: { user: '1001' }, url })

    expect(error?.issues).toMatchObject([{ path: ['url'], message: 'expected a link that runs no script' }])
  },
)

it("refuses to wait for a client's word on what may be left out for it", () => {
  const message = { to: { user: '1001' }, title: 'Hi', confirm: 'ack', droppable: true }

  expect(websocketMessage.safeParse(message).error?.issues).toMatchObject([{ path: ['droppable'] }])
})

it('refuses a memory that does not hold one message', () => {
  const { error } = websocketConfig.safeParse({ jwt: { keys: [KEY] }, maxHistoryBytes: 65_536 })

  expect(error?.issues).toMatchObject([{ path: ['maxHistoryBytes'] }])
})
