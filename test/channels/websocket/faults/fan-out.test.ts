/** One message to very many: the process goes on with everything else meanwhile. */
import { expect, it } from 'vitest'
import { nextTurn } from '../../../../src/core/clock.ts'
import { MemoryBroker } from '../../../../src/channels/websocket/broker/memory-broker.ts'
import { websocketConfig } from '../../../../src/channels/websocket/config.ts'
import { Flusher } from '../../../../src/channels/websocket/flusher.ts'
import { Hub } from '../../../../src/channels/websocket/hub.ts'
import { FakeClock } from '../../../../src/testing/index.ts'
import { HubClient } from '../support/hub-client.ts'

it('10,000 subscribers of a topic are told, each once, and share one frame', async () => {
  const clock = new FakeClock()
  const config = websocketConfig.parse({
    authenticate: ({ token = '' }) => ({ user: token, channels: ['news'] }),
  })
  const hub = new Hub(config, clock, new MemoryBroker({ clock }))
  await hub.start()
  const clients = Array.from({ length: 10_000 }, (_, i) => new HubClient(hub, `user-${i}`, 'news'))
  await Promise.all(clients.map((client) => client.connect()))

  const published = await hub.broker.publish('news', '{"title":"hi"}')

  expect(published.connections).toBe(10_000)
  expect(clients.filter(({ received }) => received.length !== 1)).toEqual([])
})

it('a flush of 10,000 connections lets others have their turn every 8 ms', async () => {
  let now = 0
  const clock = { ...new FakeClock(), monotonic: () => now }
  const flusher = new Flusher(clock as FakeClock)
  let flushed = 0
  const turns: number[] = []
  let isDone = false
  const count = () => {
    turns.push(flushed)
    if (!isDone) nextTurn(count)
  }
  // Each takes 16 microseconds, as writing to a socket does.
  const connection = { flush: () => ((flushed += 1), (now += 0.016)) }

  for (let i = 0; i < 10_000; i++) flusher.add(connection)
  nextTurn(count)
  while (flushed < 10_000) await new Promise<void>(nextTurn)
  isDone = true

  const most = Math.max(...turns.map((at, index) => at - (turns[index - 1] ?? 0)))
  expect(most).toBeLessThanOrEqual(8 / 0.016 + 32)
  expect(flusher.overruns).toBeGreaterThanOrEqual(18)
})
