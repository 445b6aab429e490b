/** The fake answers as the server does, and is stricter where the server would let a mistake pass in silence. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  startFakeCentrifugo,
  type FakeCentrifugo,
} from '../../../../src/channels/websocket/centrifugo/fake.ts'
import { FakeClock } from '../../../../src/testing/index.ts'

const clock = new FakeClock()
let fake: FakeCentrifugo

beforeAll(async () => {
  const namespaces = { chat: { presence: true, historySize: 2, historyTtlMs: 60_000 } }
  fake = await startFakeCentrifugo({ clock, namespaces, maxBodyBytes: 5_000 })
})
afterAll(() => fake.close())

async function post(path: string, body: unknown, init: RequestInit = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const headers = { 'content-type': 'application/json', 'x-api-key': fake.config.apiKey }
  const request = { method: 'POST', headers, body: text, ...init }
  const response = await fetch(`${fake.config.endpoint}${path}`, request)
  const answer = await response.text()
  return { status: response.status, answer }
}

async function call(method: string, body: object): Promise<unknown> {
  const { answer } = await post(`/api/${method}`, body)
  return JSON.parse(answer)
}

describe('a call is turned away', () => {
  const good = { channel: 'a', data: 1 }
  const key = () => fake.config.apiKey

  it.each([
    ['with 404 where there is no such method', () => post('/api/publsh', good), 404],
    ['with 404 where there is no API', () => post('/publish', good), 404],
    ['with 405 where it is no POST', () => post('/api/publish', '', { method: 'PUT' }), 405],
    [
      'with 401 without a key',
      () => post('/api/publish', good, { headers: { 'content-type': 'application/json' } }),
      401,
    ],
    [
      'with 401 with another key',
      () =>
        post('/api/publish', good, {
          headers: { 'content-type': 'application/json', 'x-api-key': `${key()}1` },
        }),
      401,
    ],
    [
      'with 415 where the body is called something else than JSON',
      () => post('/api/publish', good, { headers: { 'content-type': 'text/plain', 'x-api-key': key() } }),
      415,
    ],
    ['with 400 where it is no JSON', () => post('/api/publish', '{"channel":'), 400],
    [
      'with 400 where a field is misspelled',
      () => post('/api/publish', { ...good, idempotencyKey: 'x' }),
      400,
    ],
    [
      'with 400 where a field has another type',
      () => post('/api/publish', { ...good, skip_history: 'yes' }),
      400,
    ],
    ['with 413 where it is too large', () => post('/api/publish', { ...good, data: 'x'.repeat(6_000) }), 413],
  ] as const)('%s', async (_, ask, status) => {
    const before = fake.accepted.length

    expect((await ask()).status).toBe(status)
    expect(fake.accepted).toHaveLength(before)
  })

  it.each([
    [{ data: 1 }, 107],
    [{ channel: 'a' }, 107],
    [{ channel: 'x'.repeat(256), data: 1 }, 107],
    [{ channel: 'ü', data: 1 }, 107],
    [{ channel: 'nowhere:a', data: 1 }, 102],
    [{ channel: '#a:b', data: 1 }, 102],
  ])('within HTTP 200, where it asks %j', async (request, code) => {
    expect(await call('publish', request)).toMatchObject({ error: { code } })
  })
})

describe('publish', () => {
  it('keeps what its namespace keeps, and tells where', async () => {
    const answers = [1, 2, 3].map((data) => () => call('publish', { channel: 'chat:kept', data }))

    const results = []
    for (const ask of answers) results.push(await ask())

    const [first] = results as [{ result: { epoch: string } }]
    const { epoch } = first.result
    expect(results).toEqual([1, 2, 3].map((offset) => ({ result: { offset, epoch } })))
    expect(fake.history('chat:kept').map(({ data }) => data)).toEqual([2, 3])
    expect(await call('history', { channel: 'chat:kept', limit: -1, reverse: true })).toMatchObject({
      result: {
        offset: 3,
        epoch,
        publications: [
          { data: 3, offset: 3 },
          { data: 2, offset: 2 },
        ],
      },
    })
  })

  it('leaves out of the history what asks for it, and where there is none tells no position', async () => {
    expect(await call('publish', { channel: 'chat:skipped', data: 1, skip_history: true })).toEqual({
      result: {},
    })
    expect(await call('publish', { channel: 'plain', data: 1 })).toEqual({ result: {} })
    expect(fake.history('chat:skipped')).toEqual([])
  })

  it('forgets what is too old', async () => {
    await call('publish', { channel: 'chat:old', data: 1 })
    clock.jump(60_001)

    expect(fake.history('chat:old')).toEqual([])
    expect(await call('history', { channel: 'chat:old' })).toMatchObject({ result: { offset: 1 } })
  })

  it('makes one of two with the same key in one channel, for 5 minutes', async () => {
    const publish = (channel: string) => call('publish', { channel, data: 1, idempotency_key: 'k1' })
    const before = fake.accepted.length

    const answers = [await publish('chat:once'), await publish('chat:once')]
    await publish('chat:other')
    clock.jump(300_001)
    await publish('chat:once')

    expect(answers[1]).toEqual(answers[0])
    expect(fake.accepted.slice(before).map(({ channel }) => channel)).toEqual([
      'chat:once',
      'chat:other',
      'chat:once',
    ])
  })

  it('decodes base64, and passes tags on', async () => {
    await call('publish', { channel: 'plain', b64data: 'aGk=', tags: { kind: 'x' } })

    expect(fake.accepted.at(-1)).toEqual({ channel: 'plain', data: Buffer.from('hi'), tags: { kind: 'x' } })
  })
})

it('broadcasts, and answers for each channel', async () => {
  const answer = await call('broadcast', { channels: ['chat:b', 'nowhere:a', 'plain'], data: { x: 1 } })

  expect(answer).toMatchObject({
    result: { responses: [{ result: { offset: 1 } }, { error: { code: 102 } }, { result: {} }] },
  })
  expect(fake.accepted.slice(-2).map(({ channel }) => channel)).toEqual(['chat:b', 'plain'])
  expect(await call('broadcast', { channels: [], data: 1 })).toMatchObject({ error: { code: 107 } })
})

it('tells who is subscribed, until they leave or are disconnected', async () => {
  const [phone] = [
    fake.subscribe('chat:p', 'ann'),
    fake.subscribe('chat:p', 'ann'),
    fake.subscribe('chat:p', 'bob'),
  ]
  const stats = () => call('presence_stats', { channel: 'chat:p' })

  expect(await stats()).toEqual({ result: { num_clients: 3, num_users: 2 } })
  expect(await call('presence', { channel: 'chat:p' })).toMatchObject({
    result: { presence: { [phone]: { client: phone, user: 'ann' } } },
  })
  expect(await call('info', {})).toMatchObject({ result: { nodes: [{ num_clients: 3, num_users: 2 }] } })
  fake.unsubscribe(phone)
  expect(await stats()).toEqual({ result: { num_clients: 2, num_users: 2 } })
  await call('disconnect', { user: 'bob' })
  expect(await stats()).toEqual({ result: { num_clients: 1, num_users: 1 } })
})

it.each(['presence', 'presence_stats', 'history'])(
  'has no %s where the namespace has none',
  async (method) => {
    expect(await call(method, { channel: 'plain' })).toEqual({
      error: { code: 108, message: 'not available' },
    })
  },
)
