import fc from 'fast-check'
import { expect, it } from 'vitest'
import { newClient, newStorage } from './support/client.ts'
import { startStrictServer } from './support/strict-server.ts'

const ME = '#1001'
/** For a property of many lines: one that a busy machine loses is opened again. */
const PATIENT = { interval: 1, timeout: 10_000 }
const at = (offset: number, epoch = 'e1') => ({ recoverable: true, positioned: true, epoch, offset })

it('goes on after a reload where it was before', async () => {
  await using server = await startStrictServer({ subs: { [ME]: at(4) } })
  server.answers['subscribe'] = () => ({ subscribe: at(8, 'o1') })
  const storage = newStorage()
  {
    using before = newClient(server.url, { storage, device: 'web' })
    before.client.subscribe('orders', () => undefined)
    before.client.connect()
    await expect.poll(() => server.peers[0]?.params('subscribe')).toHaveLength(1)
    server.peer.publish(ME, 5)
    server.peer.publish('orders', 9)
    await expect.poll(() => before.messages).toHaveLength(2)
  }
  using after = newClient(server.url, { storage, device: 'web' })
  after.client.subscribe('orders', () => undefined)

  after.client.connect()
  await expect.poll(() => server.peers[1]?.params('subscribe')).toHaveLength(1)

  expect(server.peer.params('connect')).toMatchObject([
    { subs: { [ME]: { recover: true, offset: 5, epoch: 'e1' } } },
  ])
  expect(server.peer.params('subscribe')).toEqual([
    { channel: 'orders', recover: true, offset: 9, epoch: 'o1' },
  ])
})

it('goes on after a reload before what was not done', async () => {
  await using server = await startStrictServer({ subs: { [ME]: at(4) } })
  const storage = newStorage()
  {
    using before = newClient(server.url, { storage, autoAck: false })
    before.client.connect()
    await expect.poll(() => before.client.state).toBe('open')
    for (const offset of [5, 6, 7]) server.peer.publish(ME, offset)
    await expect.poll(() => before.messages).toHaveLength(3)
    before.messages[0]?.ack()
    before.messages[2]?.ack()
  }
  using after = newClient(server.url, { storage })

  after.client.connect()
  await expect.poll(() => server.peers[1]?.params('connect')).toHaveLength(1)

  expect(server.peer.params('connect')).toMatchObject([{ subs: { [ME]: { offset: 5 } } }])
})

it('keeps devices apart', async () => {
  await using server = await startStrictServer({ subs: { [ME]: at(4) } })
  const storage = newStorage()
  {
    using tablet = newClient(server.url, { storage, device: 'tablet' })
    tablet.client.connect()
    await expect.poll(() => tablet.client.state).toBe('open')
  }
  using phone = newClient(server.url, { storage, device: 'phone' })

  phone.client.connect()
  await expect.poll(() => server.peers[1]?.params('connect')).toHaveLength(1)

  expect(server.peer.params('connect')).toMatchObject([{ subs: {} }])
})

it('forgets topics that it does not listen to any more', async () => {
  await using server = await startStrictServer({ subs: { [ME]: at(4) } })
  server.answers['subscribe'] = () => ({ subscribe: at(8, 'o1') })
  const storage = newStorage()
  {
    using before = newClient(server.url, { storage })
    before.client.subscribe('orders', () => undefined)
    before.client.connect()
    await expect.poll(() => server.peers[0]?.params('subscribe')).toHaveLength(1)
    await before.client.rpc('after')
  }
  expect([...storage.kept.values()][0]).toContain('orders')
  using after = newClient(server.url, { storage })

  after.client.connect()
  await expect.poll(() => after.client.state).toBe('open')
  server.peer.publish(ME, 5)
  await expect.poll(() => after.messages).toHaveLength(1)

  await expect.poll(() => [...storage.kept.values()][0]).not.toContain('orders')
})

it('connects whatever is in the storage', async () => {
  await using server = await startStrictServer({ subs: { [ME]: at(4) } })
  const key = `notiwire:${server.url}web`
  const row = fc.record({
    name: fc.anything(),
    epoch: fc.anything(),
    done: fc.anything(),
    isOwn: fc.anything(),
  })
  const junk = fc.oneof(
    fc.string(),
    fc.json(),
    fc.array(row).map((rows) => JSON.stringify(rows) ?? ''),
  )

  await fc.assert(
    fc.asyncProperty(junk, async (text) => {
      const storage = newStorage({ [key]: text })
      using told = newClient(server.url, { storage, device: 'web', minDelayMs: 1, maxDelayMs: 5 })
      told.client.connect()
      await expect.poll(() => told.client.state, PATIENT).toBe('open')

      server.peer.publish(ME, 5, { id: 'm5' })

      await expect.poll(() => told.places, PATIENT).toEqual([`${ME} 5`])
    }),
    { numRuns: 150 },
  )
})

it.each(['junk', null, {}, [], true])('takes the position %j for none', async (done) => {
  await using server = await startStrictServer({ subs: { [ME]: at(4) } })
  const row = { name: ME, epoch: 'e1', done, isOwn: true }
  using told = newClient(server.url, {
    storage: newStorage({ [`notiwire:${server.url}undefined`]: JSON.stringify([row]) }),
  })
  told.client.connect()
  await expect.poll(() => told.client.state).toBe('open')

  server.peer.publish(ME, 5)

  await expect.poll(() => told.places).toEqual([`${ME} 5`])
  expect(server.peer.params('connect')).toMatchObject([{ subs: { [ME]: { epoch: 'e1' } } }])
})

it('connects where the storage cannot be read', async () => {
  await using server = await startStrictServer({ subs: { [ME]: at(4) } })
  const getItem = () => {
    throw new Error('denied')
  }
  using told = newClient(server.url, { storage: { ...newStorage(), getItem } })

  told.client.connect()

  await expect.poll(() => told.client.state).toBe('open')
})

it('goes on where the storage is full, and tells', async () => {
  await using server = await startStrictServer({ subs: { [ME]: at(4) } })
  const setItem = () => {
    throw new Error('the quota is used up')
  }
  using told = newClient(server.url, { storage: { ...newStorage(), setItem } })
  told.client.connect()
  await expect.poll(() => told.client.state).toBe('open')

  server.peer.publish(ME, 5)

  await expect.poll(() => server.peer.acks).toEqual([[ME, 5, 'e1']])
  expect(told.errors[0]).toMatchObject({ error: { message: 'the quota is used up' } })
})
