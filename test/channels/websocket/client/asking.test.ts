import { expect, it } from 'vitest'
import { newClient } from './support/client.ts'
import { startStrictServer } from './support/strict-server.ts'

it('reads the history of a topic', async () => {
  await using server = await startStrictServer()
  const publications = [{ offset: 7, data: { id: 'm7', type: 'message', data: { order: 7 } } }]
  server.answers['history'] = () => ({ history: { publications, offset: 9, epoch: 'o1' } })
  using told = newClient(server.url)
  told.client.connect()
  await expect.poll(() => told.client.state).toBe('open')

  const history = await told.client.history('orders', {
    limit: 1,
    since: { offset: 6, epoch: 'o1' },
    reverse: true,
  })

  const message = { channel: 'orders', offset: 7, epoch: 'o1', id: 'm7', type: 'message', data: { order: 7 } }
  expect(history).toEqual({ messages: [message], offset: 9, epoch: 'o1' })
  expect(server.peer.params('history')).toEqual([
    { channel: 'orders', limit: 1, since: { offset: 6, epoch: 'o1' }, reverse: true },
  ])
})

it('reads an empty history', async () => {
  await using server = await startStrictServer()
  server.answers['history'] = () => ({ history: { offset: 0, epoch: 'o1' } })
  using told = newClient(server.url)
  told.client.connect()
  await expect.poll(() => told.client.state).toBe('open')

  await expect(told.client.history('orders', { limit: 5 })).resolves.toEqual({
    messages: [],
    offset: 0,
    epoch: 'o1',
  })
})

it('asks who is there, and how many', async () => {
  await using server = await startStrictServer()
  const present = { c1: { user: '1001', client: 'c1' } }
  server.answers['presence'] = () => ({ presence: { presence: present } })
  server.answers['presence_stats'] = () => ({ presence_stats: { num_clients: 3, num_users: 2 } })
  using told = newClient(server.url)
  told.client.connect()
  await expect.poll(() => told.client.state).toBe('open')

  await expect(told.client.presence('room')).resolves.toEqual(present)
  await expect(told.client.presenceStats('room')).resolves.toEqual({ num_clients: 3, num_users: 2 })
  expect(server.peer.params('presence')).toEqual([{ channel: 'room' }])
})

it('calls what the server answers', async () => {
  await using server = await startStrictServer()
  server.answers['rpc'] = ({ data }) => ({ rpc: { data: { sum: (data as number[])[0] } } })
  using told = newClient(server.url)
  told.client.connect()
  await expect.poll(() => told.client.state).toBe('open')

  await expect(told.client.rpc('add', [3])).resolves.toEqual({ sum: 3 })
})

it('tells the sender what was seen and followed', async () => {
  await using server = await startStrictServer({ subs: { '#1001': { epoch: 'e1', offset: 0 }, '@all': {} } })
  using told = newClient(server.url)
  told.client.connect()
  await expect.poll(() => told.client.state).toBe('open')
  server.peer.publish('#1001', 1, { id: 'm1' })
  server.peer.publish('@all', undefined, { id: 'm2' })
  await expect.poll(() => told.messages).toHaveLength(2)
  const [mine, everyones] = told.messages

  if (mine) await told.client.seen(mine)
  if (everyones) await told.client.clicked(everyones)

  expect(server.peer.params('rpc').filter(({ method }) => method !== 'ack')).toEqual([
    { method: 'seen', data: [['#1001', 1, 'e1', 'm1']] },
    { method: 'clicked', data: [['@all', 0, '', 'm2']] },
  ])
})

it('rejects with the server’s error', async () => {
  await using server = await startStrictServer()
  server.answers['rpc'] = () => ({ error: { code: 108, message: 'not available' } })
  using told = newClient(server.url)
  told.client.connect()
  await expect.poll(() => told.client.state).toBe('open')

  const asked = told.client.rpc('add')

  await expect(asked).rejects.toBeInstanceOf(Error)
  await expect(asked).rejects.toMatchObject({ code: 108, message: 'not available' })
})

it('rejects where the line is lost before the answer, and where there is none', async () => {
  await using server = await startStrictServer()
  server.answers['rpc'] = () => undefined
  using told = newClient(server.url)
  await expect(told.client.rpc('add')).rejects.toThrow('no connection')
  told.client.connect()
  await expect.poll(() => told.client.state).toBe('open')

  const asked = told.client.rpc('add')
  server.peer.cut()

  await expect(asked).rejects.toThrow('no connection')
})
