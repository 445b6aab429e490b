import { expect, it } from 'vitest'
import { FakeClock } from '../../../../src/testing/index.ts'
import { newClient, timersOf } from './support/client.ts'
import { startStrictServer } from './support/strict-server.ts'

it('does not come back once it is closed', async () => {
  await using server = await startStrictServer()
  const clock = new FakeClock()
  using told = newClient(server.url, { clock: timersOf(clock) })
  told.client.connect()
  await expect.poll(() => told.client.state).toBe('open')

  told.client.disconnect()
  await expect.poll(() => server.peer.isOpen).toBe(false)
  await clock.advance(3_600_000)

  expect(told.client.state).toBe('closed')
  expect(server.upgrades).toBe(1)
  expect(clock.pending).toBe(0)
})

it.each(['connecting', 'waiting'])('does not come back when it is closed while %s', async (state) => {
  await using server = await startStrictServer()
  if (state === 'waiting') server.refuseWith = 503
  const clock = new FakeClock()
  using told = newClient(server.url, { clock: timersOf(clock) })
  told.client.connect()
  await expect.poll(() => told.client.state).toBe(state)

  told.client.disconnect()
  await clock.advance(3_600_000)

  expect(told.client.state).toBe('closed')
  expect(clock.pending).toBe(0)
})

it('connects again after it was closed, when it is told to', async () => {
  await using server = await startStrictServer()
  using told = newClient(server.url)
  told.client.connect()
  await expect.poll(() => told.client.state).toBe('open')

  told.client.disconnect()
  told.client.connect()

  await expect.poll(() => server.peers.length).toBe(2)
  await expect.poll(() => told.client.state).toBe('open')
})
