import { expect, it } from 'vitest'
import { connectFakeDevice } from '../../../src/channels/websocket/fake.ts'
import { startFaultProxy } from '../../support/fault-proxy.ts'
import { startHub } from './support/hub.ts'

it('tells a test what its user’s devices received', async () => {
  await using hub = await startHub()
  await hub.join('1001')
  await hub.join('1001')

  await hub.notify.send('push', { to: { user: '1001' }, title: 'Hi' })
  await hub.audience.settled()

  expect(hub.audience.accepted).toMatchObject([{ data: { title: 'Hi' } }, { data: { title: 'Hi' } }])
})

it('leaves nobody when everybody is made unreachable', async () => {
  await using hub = await startHub()
  await hub.join('1001')

  await hub.audience.failNext('unreachable')
  await expect.poll(() => hub.driver.connections).toBe(0)
  const result = await hub.notify.send('push', { to: { user: '1001' }, title: 'Hi', store: false })

  expect(result).toMatchObject({ status: 'failed', error: { code: 'RECIPIENT_OFFLINE' } })
  await expect(hub.audience.failNext('garbage')).rejects.toThrow('Devices cannot be told to garbage')
})

it('ends a wait for messages when the connection ends', async () => {
  await using hub = await startHub()
  const device = await hub.join('1001')
  const waiting = expect(device.received(1)).rejects.toMatchObject({ code: 3503 })

  await hub.driver.disconnect({ user: '1001' })

  await waiting
  await expect(device.command('history', {})).rejects.toMatchObject({ name: 'ConnectionRefused' })
})

it('says with which status an upgrade was refused', async () => {
  await using hub = await startHub()
  const headers = { origin: 'https://evil.example' }

  await expect(connectFakeDevice(hub.url, { headers })).rejects.toMatchObject({ code: 403 })
})

it('does not connect where nobody listens', async () => {
  const { port } = await (async () => {
    await using proxy = await startFaultProxy(1)
    return proxy
  })()

  await expect(connectFakeDevice(`ws://127.0.0.1:${port}/push`)).rejects.toMatchObject({ code: 1006 })
})

it('closes twice, also after the server has', async () => {
  await using hub = await startHub()
  const device = await hub.join('1001')

  await hub.driver.close()
  await device.close()
  await device.close()
})
