import { expect, it } from 'vitest'
import { startHub } from '../support/hub.ts'
import { openStream, post, requestStream } from './support/stream.ts'

const FOREIGN = 'https://app.example.com'

const preflight = (port: number, path: string, origin?: string) =>
  fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'OPTIONS',
    headers: { 'access-control-request-method': 'POST', ...(origin && { origin }) },
  })

it.each([FOREIGN, 'null', 'nonsense'])(
  'pages of a foreign origin get neither ticket nor stream: %s',
  async (origin) => {
    await using hub = await startHub()
    const ticket = await hub.driver.issueTicket({ user: '1001' })
    const token = hub.driver.issueToken({ user: '1001' })

    const answer = await post(hub.port, '/push/ticket', { body: { token }, headers: { origin } })
    const acked = await post(hub.port, '/push/ack', { body: { session: 'x', acks: [] }, headers: { origin } })
    const stream = await requestStream(hub.port, { ticket, headers: { origin } })
    const asked = await preflight(hub.port, '/push/ticket', origin)

    expect([answer.status, acked.status, stream.status, asked.status]).toEqual([403, 403, 403, 403])
    expect(answer.body).toEqual({ code: 103, message: 'permission denied' })
    expect(answer.headers.has('access-control-allow-origin')).toBe(false)
    expect(asked.headers.has('access-control-allow-origin')).toBe(false)
    // It was not taken from its owner by asking.
    const own = await requestStream(hub.port, { ticket, headers: { origin: `http://127.0.0.1:${hub.port}` } })
    expect(own.status).toBe(200)
    own.close()
  },
)

it('pages of its own origin need no leave', async () => {
  await using hub = await startHub()
  const origin = `http://127.0.0.1:${hub.port}`
  const token = hub.driver.issueToken({ user: '1001' })

  const answer = await post(hub.port, '/push/ticket', { body: { token }, headers: { origin } })

  expect(answer.status).toBe(200)
  expect(answer.headers.has('access-control-allow-origin')).toBe(false)
  expect(answer.headers.has('vary')).toBe(false)
})

it('pages of a foreign origin that is allowed can read every answer', async () => {
  await using hub = await startHub({ origins: [FOREIGN] })
  const headers = { origin: FOREIGN }
  const token = hub.driver.issueToken({ user: '1001' })

  const answer = await post(hub.port, '/push/ticket', { body: { token }, headers })
  const refused = await post(hub.port, '/push/ticket', { body: 'nonsense', headers })
  const stream = await openStream(hub.port, { ticket: String(answer.body['ticket']), headers })
  const acked = await post(hub.port, '/push/ack', {
    body: { session: stream.connect.session, acks: [] },
    headers,
  })

  for (const { headers: told } of [answer, refused, acked]) {
    expect(told.get('access-control-allow-origin')).toBe(FOREIGN)
    expect(told.get('vary')).toBe('Origin')
    expect(told.has('access-control-allow-credentials')).toBe(false)
  }
  expect(stream.response.headers).toMatchObject({ 'access-control-allow-origin': FOREIGN, vary: 'Origin' })
  expect([answer.status, refused.status, acked.status]).toEqual([200, 400, 200])
  stream.close()
})

it.each([
  ['/push/ticket', 'POST'],
  ['/push/ack', 'POST'],
  ['/push/sse', 'GET'],
])('a browser that asks before it sends to %s is told what it may', async (path, method) => {
  await using hub = await startHub({ origins: [FOREIGN] })

  const answer = await preflight(hub.port, path, FOREIGN)

  expect(answer.status).toBe(204)
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'access-control-allow-origin': FOREIGN,
    'access-control-allow-methods': method,
    'access-control-allow-headers': 'Content-Type, Cache-Control, Last-Event-ID',
  })
})

it('any page may connect where that is configured, and is told so without being named', async () => {
  await using hub = await startHub({ origins: '*' })
  const token = hub.driver.issueToken({ user: '1001' })

  const answer = await post(hub.port, '/push/ticket', { body: { token }, headers: { origin: 'null' } })

  expect(answer.status).toBe(200)
  expect(answer.headers.get('access-control-allow-origin')).toBe('*')
})
