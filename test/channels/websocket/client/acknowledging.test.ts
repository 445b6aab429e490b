import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../../../src/testing/index.ts'
import { newClient, timersOf } from './support/client.ts'
import { startStrictServer } from './support/strict-server.ts'

const ME = '#1001'
const subs = { [ME]: { recoverable: true, positioned: true, epoch: 'e1', offset: 0 } }

it('acknowledges what was handled, at most every 50 ms, the newest of each channel', async () => {
  await using server = await startStrictServer({ subs })
  const clock = new FakeClock()
  using told = newClient(server.url, { clock: timersOf(clock) })
  told.client.connect()
  await expect.poll(() => told.client.state).toBe('open')
  for (const offset of [1, 2, 3]) server.peer.publish(ME, offset)
  await expect.poll(() => told.messages).toHaveLength(3)

  await clock.advance(49)
  expect(server.peer.params('rpc')).toEqual([])
  await clock.advance(1)

  await expect.poll(() => server.peer.params('rpc')).toEqual([{ method: 'ack', data: [[ME, 3, 'e1']] }])
})

it('waits for handlers that take their time', async () => {
  await using server = await startStrictServer({ subs })
  const clock = new FakeClock()
  using told = newClient(server.url, { clock: timersOf(clock) })
  let finish: () => void = () => undefined
  told.client.on('message', () => new Promise<void>((resolve) => (finish = resolve)))
  told.client.connect()
  await expect.poll(() => told.client.state).toBe('open')
  server.peer.publish(ME, 1)
  await expect.poll(() => told.messages).toHaveLength(1)

  await clock.advance(1_000)
  expect(server.peer.acks).toEqual([])
  finish()
  await clock.advance(50)

  await expect.poll(() => server.peer.acks).toEqual([[ME, 1, 'e1']])
})

describe('a message whose handler fails', () => {
  it.each([
    ['throws', () => expect.fail('a bug')],
    ['rejects', () => Promise.reject(new Error('a bug'))],
  ])('is not acknowledged where it %s, nor is any after it', async (_, handler) => {
    await using server = await startStrictServer({ subs })
    const clock = new FakeClock()
    using told = newClient(server.url, { clock: timersOf(clock) })
    told.client.on('message', ({ offset }) => (offset === 2 ? handler() : undefined))
    told.client.connect()
    await expect.poll(() => told.client.state).toBe('open')

    for (const offset of [1, 2, 3]) server.peer.publish(ME, offset)
    await expect.poll(() => told.messages).toHaveLength(3)
    await clock.advance(50)

    await expect.poll(() => server.peer.acks).toEqual([[ME, 1, 'e1']])
    expect(told.errors).toMatchObject([{ error: { message: 'a bug' }, message: { offset: 2 } }])
  })

  it('is acknowledged all the same where the application says so', async () => {
    await using server = await startStrictServer({ subs })
    const clock = new FakeClock()
    using told = newClient(server.url, { clock: timersOf(clock) })
    told.client.on('message', ({ offset }) => {
      if (offset === 1) throw new Error('a bug')
    })
    told.client.on('error', ({ message }) => message?.ack())
    told.client.connect()
    await expect.poll(() => told.client.state).toBe('open')

    for (const offset of [1, 2]) server.peer.publish(ME, offset)
    await expect.poll(() => told.messages).toHaveLength(2)
    await clock.advance(50)

    await expect.poll(() => server.peer.acks).toEqual([[ME, 2, 'e1']])
  })
})

it('does not acknowledge what nobody handles', async () => {
  await using server = await startStrictServer({ subs })
  const clock = new FakeClock()
  const { PushClient } = await import('../../../../src/channels/websocket/client.ts')
  const { WebSocket } = await import('ws')
  const client = new PushClient(server.url, { WebSocket, clock: timersOf(clock) })
  client.subscribe('orders', () => undefined)
  client.connect()
  await expect.poll(() => client.state).toBe('open')

  server.peer.publish(ME, 1)
  await client.rpc('after')
  await clock.advance(1_000)
  await client.rpc('later')

  expect(server.peer.acks).toEqual([])
  client.disconnect()
})

describe('by hand', () => {
  it('is acknowledged up to the first message that is not done', async () => {
    await using server = await startStrictServer({ subs })
    const clock = new FakeClock()
    using told = newClient(server.url, { autoAck: false, clock: timersOf(clock) })
    told.client.connect()
    await expect.poll(() => told.client.state).toBe('open')
    for (const offset of [1, 2, 3]) server.peer.publish(ME, offset)
    await expect.poll(() => told.messages).toHaveLength(3)
    const ack = async (index: number) => {
      told.messages[index]?.ack()
      await clock.advance(50)
      await told.client.rpc('after')
    }

    await ack(2)
    expect(server.peer.acks).toEqual([])
    await ack(0)
    expect(server.peer.acks).toEqual([[ME, 1, 'e1']])
    await ack(0)
    await ack(1)

    expect(server.peer.acks).toEqual([
      [ME, 1, 'e1'],
      [ME, 3, 'e1'],
    ])
  })

  it('acknowledges nothing by itself', async () => {
    await using server = await startStrictServer({ subs })
    const clock = new FakeClock()
    using told = newClient(server.url, { autoAck: false, clock: timersOf(clock) })
    told.client.connect()
    await expect.poll(() => told.client.state).toBe('open')
    server.peer.publish(ME, 1)
    await expect.poll(() => told.messages).toHaveLength(1)

    await clock.advance(10_000)
    await told.client.rpc('after')

    expect(server.peer.acks).toEqual([])
  })
})

describe('an acknowledgement', () => {
  it('that was on its way when the line broke is sent again on the next', async () => {
    await using server = await startStrictServer({ subs })
    server.answers['rpc'] = () => undefined
    const clock = new FakeClock()
    using told = newClient(server.url, { clock: timersOf(clock) })
    told.client.connect()
    await expect.poll(() => told.client.state).toBe('open')
    server.peer.publish(ME, 1)
    await expect.poll(() => told.messages).toHaveLength(1)
    await clock.advance(50)
    await expect.poll(() => server.peer.acks).toHaveLength(1)

    server.peer.cut()
    await expect.poll(() => told.client.state).toBe('waiting')
    await clock.advance(500)
    await expect.poll(() => server.peers.length).toBe(2)

    await expect.poll(() => server.peer.acks).toEqual([[ME, 1, 'e1']])
    expect(told.errors).toEqual([])
  })

  it('that fell due without a line is sent on the next', async () => {
    await using server = await startStrictServer({ subs })
    const clock = new FakeClock()
    using told = newClient(server.url, { autoAck: false, clock: timersOf(clock) })
    told.client.connect()
    await expect.poll(() => told.client.state).toBe('open')
    server.peer.publish(ME, 1)
    await expect.poll(() => told.messages).toHaveLength(1)
    server.peer.cut()
    await expect.poll(() => told.client.state).toBe('waiting')

    told.messages[0]?.ack()
    await clock.advance(500)
    await expect.poll(() => server.peers.length).toBe(2)

    await expect.poll(() => server.peer.acks).toEqual([[ME, 1, 'e1']])
  })

  it('is not sent again once it was answered', async () => {
    await using server = await startStrictServer({ subs })
    using told = newClient(server.url, { minDelayMs: 1 })
    told.client.connect()
    await expect.poll(() => told.client.state).toBe('open')
    server.peer.publish(ME, 1)
    await expect.poll(() => server.peer.acks).toHaveLength(1)
    await told.client.rpc('after')

    server.peer.cut()
    await expect.poll(() => server.peers.length).toBe(2)
    await expect.poll(() => told.client.state).toBe('open')
    await told.client.rpc('after')

    expect(server.peer.acks).toEqual([])
  })

  it('leaves before the client closes', async () => {
    await using server = await startStrictServer({ subs })
    const clock = new FakeClock()
    using told = newClient(server.url, { clock: timersOf(clock) })
    told.client.connect()
    await expect.poll(() => told.client.state).toBe('open')
    server.peer.publish(ME, 1)
    await expect.poll(() => told.messages).toHaveLength(1)
    await clock.advance(0)

    told.client.disconnect()

    await expect.poll(() => server.peer.acks).toEqual([[ME, 1, 'e1']])
  })

  it('does not wait for messages from before a gap', async () => {
    await using server = await startStrictServer({ subs })
    const clock = new FakeClock()
    using told = newClient(server.url, { autoAck: false, clock: timersOf(clock) })
    told.client.connect()
    await expect.poll(() => told.client.state).toBe('open')
    server.peer.publish(ME, 1)
    const later = { epoch: 'e1', offset: 9, was_recovering: true, recovered: false }
    server.peer.say({ push: { channel: ME, subscribe: later } })
    server.peer.publish(ME, 10)
    await expect.poll(() => told.messages).toHaveLength(2)

    told.messages[1]?.ack()
    await clock.advance(50)

    await expect.poll(() => server.peer.acks).toEqual([[ME, 10, 'e1']])
  })

  it('of an epoch that is over is not sent', async () => {
    await using server = await startStrictServer({ subs })
    const clock = new FakeClock()
    using told = newClient(server.url, { autoAck: false, clock: timersOf(clock) })
    told.client.connect()
    await expect.poll(() => told.client.state).toBe('open')
    server.peer.publish(ME, 1, { id: 'old' })
    const anew = { epoch: 'e2', offset: 0, was_recovering: true, recovered: false }
    server.peer.say({ push: { channel: ME, subscribe: anew } })
    server.peer.publish(ME, 1, { id: 'new' })
    await expect.poll(() => told.messages).toHaveLength(2)

    told.messages[0]?.ack()
    await clock.advance(50)
    await told.client.rpc('after')

    expect(server.peer.acks).toEqual([])
  })

  it('of a topic is sent only where the sender waits for it', async () => {
    await using server = await startStrictServer()
    server.answers['subscribe'] = () => ({ subscribe: { epoch: 'o1', offset: 0 } })
    const clock = new FakeClock()
    using told = newClient(server.url, { clock: timersOf(clock) })
    told.client.subscribe('orders', () => undefined)
    told.client.connect()
    await expect.poll(() => server.peers[0]?.params('subscribe')).toHaveLength(1)

    server.peer.publish('orders', 1, { id: 'm1' })
    await expect.poll(() => told.messages).toHaveLength(1)
    await clock.advance(50)
    server.peer.publish('orders', 2, { id: 'm2', ack: true })
    await expect.poll(() => told.messages).toHaveLength(2)
    await clock.advance(50)

    await expect.poll(() => server.peer.acks).toEqual([['orders', 2, 'o1']])
  })
})
