import { describe, expect, it } from 'vitest'
import { newClient } from './support/client.ts'
import { startStrictServer } from './support/strict-server.ts'

const ME = '#1001'
const at = (offset: number, epoch = 'e1') => ({ recoverable: true, positioned: true, epoch, offset })
const pubs = (...offsets: readonly number[]) =>
  offsets.map((offset) => ({ offset, data: { id: `m${offset}`, type: 'message' } }))

it('hands a message on as it was sent', async () => {
  await using server = await startStrictServer({ subs: { [ME]: at(0) } })
  using told = newClient(server.url)
  told.client.connect()
  await expect.poll(() => told.client.state).toBe('open')

  server.peer.publish(ME, 1, { id: 'm1', type: 'order.shipped', title: 'Shipped', data: { order: 7 } })
  await expect.poll(() => told.messages).toHaveLength(1)

  expect(told.messages[0]).toMatchObject({
    ...{ channel: ME, offset: 1, epoch: 'e1', id: 'm1', type: 'order.shipped', title: 'Shipped' },
    data: { order: 7 },
  })
})

it('keeps the order of messages that come in one frame with the answer to connect', async () => {
  await using server = await startStrictServer()
  server.answers['connect'] = (_, peer) => {
    const connect = { client: 'c', ping: 25, subs: { [ME]: { ...at(2), publications: pubs(1, 2) } } }
    const push = { channel: ME, pub: pubs(3)[0] }
    peer.say({ id: 1, connect }, { push }, { push: { channel: ME, pub: pubs(4)[0] } })
    return undefined
  }
  using told = newClient(server.url)

  told.client.connect()

  await expect.poll(() => told.places).toEqual([1, 2, 3, 4].map((offset) => `${ME} ${offset}`))
})

it('keeps the order of messages that come in one frame with the answer to subscribe', async () => {
  await using server = await startStrictServer()
  server.answers['subscribe'] = (_, peer) => {
    const subscribe = { ...at(2), was_recovering: true, recovered: true, publications: pubs(1, 2) }
    peer.say({ id: 2, subscribe }, { push: { channel: 'orders', pub: pubs(3)[0] } })
    return undefined
  }
  using told = newClient(server.url)
  told.client.subscribe('orders', () => undefined)

  told.client.connect()

  await expect.poll(() => told.places).toEqual(['orders 1', 'orders 2', 'orders 3'])
})

it('asks for what came after the last message that it got', async () => {
  await using server = await startStrictServer({ subs: { [ME]: at(4), '@all': {} } })
  using told = newClient(server.url, { minDelayMs: 1 })
  told.client.subscribe('orders', () => undefined)
  server.answers['subscribe'] = () => ({ subscribe: at(8, 'o1') })
  told.client.connect()
  await expect.poll(() => told.client.state).toBe('open')
  server.peer.publish(ME, 5)
  server.peer.publish('orders', 9)
  await expect.poll(() => told.places).toHaveLength(2)

  server.peer.cut()
  await expect.poll(() => server.peers.length).toBe(2)
  await expect.poll(() => server.peer.params('subscribe')).toHaveLength(1)

  const subs = {
    [ME]: { recover: true, offset: 5, epoch: 'e1' },
    '@all': { recover: false, offset: 0, epoch: '' },
  }
  expect(server.peer.params('connect')).toEqual([{ token: 'a token', data: {}, subs }])
  expect(server.peer.params('subscribe')).toEqual([
    { channel: 'orders', recover: true, offset: 9, epoch: 'o1' },
  ])
})

it('hands on what was missed once, and nothing twice', async () => {
  await using server = await startStrictServer({ subs: { [ME]: at(0) } })
  using told = newClient(server.url, { minDelayMs: 1 })
  told.client.connect()
  await expect.poll(() => told.client.state).toBe('open')
  server.peer.publish(ME, 1)
  server.peer.publish(ME, 2)
  await expect.poll(() => told.places).toHaveLength(2)

  const missed = { ...at(4), was_recovering: true, recovered: true, publications: pubs(1, 2, 3, 4) }
  server.answers['connect'] = () => ({ connect: { ping: 25, subs: { [ME]: missed } } })
  server.peer.cut()
  await expect.poll(() => server.peers.length).toBe(2)
  await expect.poll(() => told.client.state).toBe('open')
  server.peer.publish(ME, 4)
  server.peer.publish(ME, 5)

  await expect.poll(() => told.places).toEqual([1, 2, 3, 4, 5].map((offset) => `${ME} ${offset}`))
  expect(told.gaps).toEqual([])
})

describe('a gap', () => {
  it('is told where the server has not kept everything, and the client goes on from there', async () => {
    await using server = await startStrictServer({ subs: { [ME]: at(3) } })
    using told = newClient(server.url, { minDelayMs: 1 })
    told.client.connect()
    await expect.poll(() => told.client.state).toBe('open')

    const lost = { ...at(1, 'e2'), was_recovering: true, recovered: false }
    server.answers['connect'] = () => ({ connect: { ping: 25, subs: { [ME]: lost } } })
    server.peer.cut()
    await expect.poll(() => told.gaps).toEqual([ME])
    server.peer.publish(ME, 2)
    await expect.poll(() => told.places).toEqual([`${ME} 2`])
    server.peer.cut()
    await expect.poll(() => server.peers.length).toBe(3)

    await expect
      .poll(() => server.peer.params('connect'))
      .toMatchObject([{ subs: { [ME]: { offset: 2, epoch: 'e2' } } }])
  })

  it('comes before what is left of the history', async () => {
    await using server = await startStrictServer()
    const order: string[] = []
    const left = { ...at(2, 'e2'), was_recovering: true, recovered: false, publications: pubs(1, 2) }
    server.answers['connect'] = () => ({ connect: { ping: 25, subs: { [ME]: left } } })
    using told = newClient(server.url)
    told.client.on('gap', () => order.push('gap'))
    told.client.on('message', ({ offset }) => order.push(`message ${offset}`))

    told.client.connect()

    await expect.poll(() => order).toEqual(['gap', 'message 1', 'message 2'])
  })

  it('is told while the line is open, of a channel that the server subscribed to', async () => {
    await using server = await startStrictServer({ subs: { [ME]: at(3) } })
    using told = newClient(server.url)
    told.client.connect()
    await expect.poll(() => told.client.state).toBe('open')

    const subscribe = { ...at(10), was_recovering: true, recovered: false }
    server.peer.say({ push: { channel: ME, subscribe } }, { push: { channel: ME, pub: pubs(11)[0] } })

    await expect.poll(() => told.places).toEqual([`${ME} 11`])
    expect(told.gaps).toEqual([ME])
  })

  it('is told once, though the line is lost before anything came after it', async () => {
    await using server = await startStrictServer({ subs: { [ME]: at(3) } })
    using told = newClient(server.url, { minDelayMs: 1 })
    told.client.connect()
    await expect.poll(() => told.client.state).toBe('open')
    server.peer.say({
      push: { channel: ME, subscribe: { ...at(10), was_recovering: true, recovered: false } },
    })
    await expect.poll(() => told.gaps).toEqual([ME])

    server.peer.cut()
    await expect.poll(() => server.peers.length).toBe(2)

    await expect.poll(() => server.peer.params('connect')).toMatchObject([{ subs: { [ME]: { offset: 10 } } }])
  })

  it('of a topic is found out by subscribing again, with the position', async () => {
    await using server = await startStrictServer()
    server.answers['subscribe'] = () => ({ subscribe: at(3, 'o1') })
    using told = newClient(server.url)
    told.client.subscribe('orders', () => undefined)
    told.client.connect()
    await expect.poll(() => server.peers[0]?.params('subscribe')).toHaveLength(1)
    server.answers['subscribe'] = () => ({
      subscribe: { ...at(9, 'o1'), was_recovering: true, recovered: false },
    })

    server.peer.say({
      push: { channel: 'orders', unsubscribe: { code: 2500, reason: 'insufficient state' } },
    })
    await expect.poll(() => told.gaps).toEqual(['orders'])

    expect(server.peer.params('subscribe')[1]).toEqual({
      channel: 'orders',
      recover: true,
      offset: 3,
      epoch: 'o1',
    })
    expect(told.errors).toEqual([])
  })

  it('is none where everything was kept', async () => {
    await using server = await startStrictServer()
    server.answers['subscribe'] = () => ({
      subscribe: { ...at(3, 'o1'), was_recovering: true, recovered: true },
    })
    using told = newClient(server.url)
    told.client.subscribe('orders', () => undefined)
    told.client.connect()
    await expect.poll(() => server.peers[0]?.params('subscribe')).toHaveLength(1)

    server.peer.say({
      push: { channel: 'orders', unsubscribe: { code: 2500, reason: 'insufficient state' } },
    })
    await expect.poll(() => server.peer.params('subscribe')).toHaveLength(2)
    await told.client.rpc('after')

    expect(told.gaps).toEqual([])
  })
})

it('knows a message again by its place, where it has no id', async () => {
  await using server = await startStrictServer({ subs: { [ME]: at(0) } })
  using told = newClient(server.url)
  told.client.connect()
  await expect.poll(() => told.client.state).toBe('open')

  for (const offset of [1, 2, 2, 1, 3]) server.peer.publish(ME, offset, { type: 'message' })
  await expect.poll(() => told.places.at(-1)).toBe(`${ME} 3`)

  expect(told.places).toEqual([1, 2, 3].map((offset) => `${ME} ${offset}`))
})

it('knows a message again that comes in another epoch', async () => {
  await using server = await startStrictServer({ subs: { [ME]: at(0) } })
  using told = newClient(server.url, { minDelayMs: 1 })
  told.client.connect()
  await expect.poll(() => told.client.state).toBe('open')
  server.peer.publish(ME, 7, { id: 'same', type: 'message' })
  await expect.poll(() => told.messages).toHaveLength(1)

  const again = [
    { offset: 1, data: { id: 'same' } },
    { offset: 2, data: { id: 'other' } },
  ]
  const anew = { ...at(2, 'e2'), was_recovering: true, recovered: false, publications: again }
  server.answers['connect'] = () => ({ connect: { ping: 25, subs: { [ME]: anew } } })
  server.peer.cut()
  await expect.poll(() => told.messages.length).toBeGreaterThan(1)

  expect(told.messages.map(({ id }) => id)).toEqual(['same', 'other'])
})

it('knows the last 200 messages of a channel without history again', async () => {
  await using server = await startStrictServer({ subs: { '@all': {} } })
  using told = newClient(server.url)
  told.client.connect()
  await expect.poll(() => told.client.state).toBe('open')
  for (let index = 0; index < 201; index += 1) server.peer.publish('@all', undefined, { id: `m${index}` })

  server.peer.publish('@all', undefined, { id: 'm1' })
  server.peer.publish('@all', undefined, { id: 'm0' })
  await expect.poll(() => told.messages.length).toBeGreaterThan(201)

  expect(told.messages.slice(201).map(({ id }) => id)).toEqual(['m0'])
})

it('hands on messages that have no id each time', async () => {
  await using server = await startStrictServer({ subs: { '@all': {} } })
  using told = newClient(server.url)
  told.client.connect()
  await expect.poll(() => told.client.state).toBe('open')

  server.peer.publish('@all', undefined, { type: 'tick' })
  server.peer.publish('@all', undefined, { type: 'tick' })

  await expect.poll(() => told.messages).toHaveLength(2)
})

it('drops the position of another user’s channel', async () => {
  await using server = await startStrictServer({ subs: { [ME]: at(5) } })
  using told = newClient(server.url, { minDelayMs: 1 })
  told.client.connect()
  await expect.poll(() => told.client.state).toBe('open')
  server.answers['connect'] = () => ({ connect: { ping: 25, subs: { '#1002': at(1, 'x1') } } })
  server.peer.cut()
  await expect.poll(() => server.peers.length).toBe(2)
  await expect.poll(() => told.client.state).toBe('open')

  server.peer.cut()
  await expect.poll(() => server.peers.length).toBe(3)

  await expect.poll(() => server.peer.params('connect')).toMatchObject([{ subs: { '#1002': { offset: 1 } } }])
  expect(server.peer.params('connect')[0]?.['subs']).not.toHaveProperty(ME)
})
