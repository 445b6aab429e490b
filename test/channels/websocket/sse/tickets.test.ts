import { expect, it } from 'vitest'
import { websocket } from '../../../../src/channels/websocket/index.ts'
import { MemoryBroker } from '../../../../src/channels/websocket/broker/memory-broker.ts'
import { NotifyError } from '../../../../src/index.ts'
import { FakeClock } from '../../../../src/testing/index.ts'
import { KEY, startHub } from '../support/hub.ts'
import { openStream, post, requestStream, ticketFor } from './support/stream.ts'

it('gives a ticket for a token, and a stream for the ticket', async () => {
  await using hub = await startHub()
  const token = hub.driver.issueToken({ user: '1001', channels: ['orders'] })

  const answer = await post(hub.port, '/push/ticket', { body: { token } })
  const stream = await openStream(hub.port, { ticket: String(answer.body['ticket']) })

  expect(answer.status).toBe(200)
  expect(answer.headers.get('cache-control')).toBe('no-store')
  expect(Object.keys(answer.body)).toEqual(['ticket'])
  expect(answer.body['ticket']).toMatch(/^[\w-]{32}$/)
  expect(Object.keys(stream.connect.subs)).toEqual(['#1001', '@all', 'orders'])
  expect(hub.driver.connectionsOf('1001')).toBe(1)
  stream.close()
})

it('lets a ticket be used once', async () => {
  await using hub = await startHub()
  const ticket = await hub.driver.issueTicket({ user: '1001' })
  const first = await openStream(hub.port, { ticket })

  const second = await requestStream(hub.port, { ticket })

  expect(second.status).toBe(401)
  expect(hub.driver.connectionsOf('1001')).toBe(1)
  first.close()
})

it('lets one of many in who show the same ticket at once', async () => {
  await using hub = await startHub()
  const ticket = await hub.driver.issueTicket({ user: '1001' })

  const streams = await Promise.all(Array.from({ length: 10 }, () => requestStream(hub.port, { ticket })))

  const statuses = streams.map(({ status }) => status).sort()
  expect(statuses).toEqual([200, ...Array<number>(9).fill(401)])
  for (const stream of streams) stream.close()
})

it('lets a ticket be used for 30 seconds', async () => {
  await using hub = await startHub()
  const [ticket, late] = [
    await hub.driver.issueTicket({ user: '1001' }),
    await hub.driver.issueTicket({ user: '1001' }),
  ]

  await hub.clock.advance(29_999)
  const inTime = await requestStream(hub.port, { ticket })
  await hub.clock.advance(1)
  const tooLate = await requestStream(hub.port, { ticket: late })

  expect([inTime.status, tooLate.status]).toEqual([200, 401])
  inTime.close()
})

it.each([undefined, '', 'x'.repeat(32), '../../etc/passwd', 'ticket:'])(
  'takes nothing else for a ticket: %j',
  async (ticket) => {
    await using hub = await startHub()

    const stream = await requestStream(hub.port, ticket === undefined ? {} : { ticket })

    expect(stream.status).toBe(401)
  },
)

it('takes no session for a ticket, and no ticket for a session', async () => {
  await using hub = await startHub()
  const ticket = await hub.driver.issueTicket({ user: '1001' })
  const stream = await openStream(hub.port, { ticket: await hub.driver.issueTicket({ user: '1001' }) })

  const asTicket = await requestStream(hub.port, { ticket: stream.connect.session })
  const asSession = await post(hub.port, '/push/ack', { body: { session: ticket, acks: [] } })

  expect([asTicket.status, asSession.status]).toEqual([401, 401])
  stream.close()
})

it('tells an expired token from a wrong one, as clients fetch a new token only for the first', async () => {
  await using hub = await startHub()
  const expired = hub.driver.issueToken({ user: '1001', ttlMs: 1_000 })
  await hub.clock.advance(7_000)

  const answers = [
    await post(hub.port, '/push/ticket', { body: { token: expired } }),
    await post(hub.port, '/push/ticket', { body: { token: `${expired}x` } }),
    await post(hub.port, '/push/ticket', { body: {} }),
  ]

  expect(answers.map(({ status, body }) => [status, body])).toEqual([
    [401, { code: 109, message: 'token expired' }],
    [401, { code: 3500, message: 'invalid token' }],
    [401, { code: 3500, message: 'invalid token' }],
  ])
})

it('shows the cookies of the request to authenticate', async () => {
  const shown: unknown[] = []
  await using hub = await startHub({
    authenticate: ({ token, data, headers, ip }) => {
      shown.push({ token, data, cookie: headers.cookie, ip })
      return { user: '1001' }
    },
  })

  const answer = await post(hub.port, '/push/ticket', {
    body: { data: { device: 'web' } },
    headers: { cookie: 'sid=1' },
  })

  expect(answer.status).toBe(200)
  expect(shown).toEqual([{ token: undefined, data: { device: 'web' }, cookie: 'sid=1', ip: '127.0.0.1' }])
})

it('turns away whose token was revoked before the ticket, or between ticket and stream', async () => {
  const revoked = new Set<string>()
  await using hub = await startHub({ isRevoked: ({ user }) => revoked.has(user) })
  const token = hub.driver.issueToken({ user: '1001' })
  const ticket = await ticketFor(hub.port, token)
  revoked.add('1001')

  const again = await post(hub.port, '/push/ticket', { body: { token } })
  const stream = await requestStream(hub.port, { ticket })

  expect([again.status, again.body['code'], stream.status]).toEqual([401, 3500, 401])
})

it('refuses a token whose topics are more than a connection may have', async () => {
  await using hub = await startHub({ maxChannels: 2 })
  const token = hub.driver.issueToken({ user: '1001', channels: ['a', 'b', 'c'] })

  const answer = await post(hub.port, '/push/ticket', { body: { token } })

  expect([answer.status, answer.body]).toEqual([403, { code: 3505, message: 'channel limit' }])
})

it('names every wrong field of a request for a ticket', async () => {
  await using hub = await startHub()

  const issuing = hub.driver.issueTicket({ user: 'has space', channels: ['#1002'] })

  await expect(issuing).rejects.toMatchObject({
    code: 'INVALID_MESSAGE',
    issues: [{ path: 'user' }, { path: 'channels.0' }],
  })
})

it('issues no ticket when it was closed', async () => {
  const driver = websocket({ jwt: { keys: [KEY] } })
  await driver.close()

  await expect(driver.issueTicket({ user: '1001' })).rejects.toMatchObject({ code: 'CLOSED' })
})

it('asks clients to come again where the broker is away, and reports it', async () => {
  const told: unknown[] = []
  const broker = new MemoryBroker({ clock: new FakeClock() })
  broker.keep = () => {
    throw new NotifyError('UNAVAILABLE', 'Redis is away')
  }
  await using hub = await startHub({ broker, onError: (error) => void told.push(error) })
  const token = hub.driver.issueToken({ user: '1001' })

  const answer = await post(hub.port, '/push/ticket', { body: { token } })

  expect([answer.status, answer.body]).toEqual([503, { code: 100, message: 'internal server error' }])
  expect(answer.headers.get('retry-after')).toBe('2')
  expect(told).toMatchObject([{ code: 'UNAVAILABLE', message: 'Redis is away' }])
})

it('answers what a hook throws with 500, and never tells the client why', async () => {
  const told: unknown[] = []
  await using hub = await startHub({
    authenticate: () => Promise.reject(new Error('database is away')),
    onError: (error) => void told.push(error),
  })

  const answer = await post(hub.port, '/push/ticket', { body: { token: 'secret-token' } })

  expect([answer.status, answer.body]).toEqual([500, { code: 100, message: 'internal server error' }])
  expect(told.map(String)).toEqual(['Error: database is away'])
})
