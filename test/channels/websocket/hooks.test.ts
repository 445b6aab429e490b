import { expect, it } from 'vitest'
import { connectFakeDevice } from '../../../src/channels/websocket/fake.ts'
import type { ConnectionEvent, DisconnectionEvent } from '../../../src/channels/websocket/index.ts'
import { startHub } from './support/hub.ts'
import { command, upgrade } from './support/raw-peer.ts'

it('tells who came and who left, with the code the peer gave', async () => {
  const came: ConnectionEvent[] = []
  const left: DisconnectionEvent[] = []
  await using hub = await startHub({
    onConnect: (event) => came.push(event),
    onDisconnect: (event) => left.push(event),
  })
  const device = await hub.join('1001')
  const dropped = await hub.join('2002')

  await device.close()
  await expect.poll(() => left).toHaveLength(1)
  dropped.drop()
  await expect.poll(() => left).toHaveLength(2)

  expect(came).toEqual([
    { client: device.client, user: '1001', ip: '127.0.0.1' },
    { client: dropped.client, user: '2002', ip: '127.0.0.1' },
  ])
  expect(left).toMatchObject([
    { client: device.client, user: '1001', code: 1005 },
    { client: dropped.client, user: '2002', code: 1006 },
  ])
})

it('does not tell of connections that never showed a token', async () => {
  const left: DisconnectionEvent[] = []
  await using hub = await startHub({ onDisconnect: (event) => left.push(event) })

  await expect(connectFakeDevice(hub.url, { token: 'bad' })).rejects.toMatchObject({ code: 3500 })
  const device = await hub.join('1001')
  await device.close()

  await expect.poll(() => left).toMatchObject([{ client: device.client }])
})

it('ends the one connection with 3004 when onConnect throws', async () => {
  const errors: unknown[] = []
  await using hub = await startHub({
    onConnect: ({ user }) => {
      if (user === 'unlucky') throw new Error('out of luck')
    },
    onError: (error) => errors.push(error),
  })
  const lucky = await hub.join('lucky')

  const unlucky = await hub.join('unlucky')

  expect(await unlucky.closed).toEqual({ code: 3004, reason: 'internal server error' })
  await lucky.settled()
  expect(errors).toMatchObject([{ message: 'out of luck' }])
  expect(hub.driver.connections).toBe(1)
})

it('ends the one connection with 3004 when authorizeChannel rejects', async () => {
  const errors: unknown[] = []
  await using hub = await startHub({
    authorizeChannel: () => Promise.reject(new Error('database down')),
    onError: (error) => errors.push(error),
  })
  const other = await hub.join('2002')
  const device = await hub.join('1001')

  await expect(device.subscribe('news')).rejects.toMatchObject({ code: 3004 })

  await other.settled()
  expect(errors).toMatchObject([{ message: 'database down' }])
})

it('survives an onDisconnect and an onError that throw', async () => {
  await using hub = await startHub({
    onDisconnect: () => {
      throw new Error('first')
    },
    onError: () => {
      throw new Error('second')
    },
  })
  const device = await hub.join('1001')

  await device.close()

  await expect.poll(() => hub.driver.connections).toBe(0)
  await hub.join('1001')
})

it('lets onConnect greet the connection, after the client knows its channels', async () => {
  const greetings: Promise<unknown>[] = []
  await using hub = await startHub({
    onConnect: ({ user }) => greetings.push(hub.notify.send('push', { to: { user }, title: 'Welcome' })),
  })

  const token = hub.driver.issueToken({ user: '1001' })
  const peer = await upgrade(hub.port, { frames: [command(1, 'connect', { token })] })

  const [reply, greeting] = (await peer.received(2)).map(({ payload }) => payload.toString())
  expect(reply).toContain('"connect"')
  expect(greeting).toContain('Welcome')
  expect(await Promise.all(greetings)).toMatchObject([{ status: 'sent' }])
  peer.socket.destroy()
})
