import { expect, it } from 'vitest'
import type { DisconnectionEvent } from '../../../src/channels/websocket/index.ts'
import { startHub } from './support/hub.ts'
import { upgrade } from './support/raw-peer.ts'

it('closes every connection with 3001, so that clients come back, and keeps no timer', async () => {
  await using hub = await startHub()
  const devices = await Promise.all(Array.from({ length: 20 }, (_, n) => hub.join(`user-${n}`)))
  const silent = await upgrade(hub.port)

  await hub.notify.close()

  for (const device of devices) expect(await device.closed).toEqual({ code: 3001, reason: 'shutdown' })
  expect(await silent.closeCode).toBe(3001)
  expect(hub.driver.connections).toBe(0)
  expect(hub.clock.pending).toBe(0)
})

it('spreads the closing over drainMs, refuses new ones meanwhile, and takes no more messages', async () => {
  const left: DisconnectionEvent[] = []
  await using hub = await startHub({ drainMs: 200, onDisconnect: (event) => left.push(event) })
  await Promise.all(Array.from({ length: 120 }, (_, n) => hub.join(`user-${n}`)))

  const closing = hub.driver.close()
  const [refused, sent] = [
    await upgrade(hub.port),
    await hub.notify.send('push', { to: { all: true }, title: 'Late' }),
  ]
  const open = [hub.driver.connections]
  for (const ms of [49, 1, 50, 50]) {
    await hub.clock.advance(ms)
    open.push(hub.driver.connections)
  }
  await closing

  expect(refused.head[0]).toBe('HTTP/1.1 503 Service Unavailable')
  expect(sent).toMatchObject({ status: 'failed', error: { code: 'CLOSED', delivery: 'not_sent' } })
  expect(open).toEqual([80, 80, 40, 0, 0])
  expect(left).toHaveLength(120)
  expect(left.every(({ code }) => code === 3001)).toBe(true)
  expect(hub.clock.pending).toBe(0)
})

it('closes fifty connections at once, because nobody needs to be spared those, whatever drainMs allows', async () => {
  await using hub = await startHub({ drainMs: 3_600_000 })
  const devices = await Promise.all(Array.from({ length: 50 }, (_, n) => hub.join(`user-${n}`)))

  await hub.driver.close()

  for (const device of devices) expect(await device.closed).toMatchObject({ code: 3001 })
})

it('does not wait for a peer that never answers the close', async () => {
  await using hub = await startHub()
  const device = await hub.join('1001')
  device.stopReading()

  await hub.driver.close()

  expect(hub.driver.connections).toBe(0)
})

it('is done at once, and once, where nobody is connected', async () => {
  await using hub = await startHub()

  await Promise.all([hub.driver.close(), hub.driver.close()])
  await hub.driver.close()
})

it('is done as soon as the last has left by itself, and keeps no timer', async () => {
  await using hub = await startHub({ drainMs: 3_600_000 })
  const devices = await Promise.all(Array.from({ length: 5 }, (_, n) => hub.join(`user-${n}`)))

  const closing = hub.driver.close()
  await Promise.all(devices.map((device) => device.close()))
  await closing

  expect(hub.clock.pending).toBe(0)
})
