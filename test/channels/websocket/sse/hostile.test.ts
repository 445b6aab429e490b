/** What comes over the wire must not end the process, hold a place for ever, or get into an error text. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { startHub } from '../support/hub.ts'
import { openStream, post, requestStream } from './support/stream.ts'

type Hub = Awaited<ReturnType<typeof startHub>>

/** Writes `text` as it is, and resolves with all that is answered until the server ends it. */
async function speak(port: number, ...texts: readonly string[]): Promise<string> {
  const socket = await dial(port)
  for (const text of texts) socket.write(text)
  return answerOn(socket)
}

async function dial(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

async function answerOn(socket: Socket): Promise<string> {
  let text = ''
  socket.on('data', (chunk) => (text += String(chunk)))
  await new Promise((resolve) => socket.once('close', resolve))
  return text
}

const ticketOf = ({ driver }: Hub) => driver.issueTicket({ user: '1001' })

it.each([
  ['HEAD', '/push/sse', 'GET, OPTIONS'],
  ['POST', '/push/sse', 'GET, OPTIONS'],
  ['GET', '/push/ticket', 'POST, OPTIONS'],
  ['DELETE', '/push/ack', 'POST, OPTIONS'],
])('answers %s %s with 405 and what is allowed', async (method, path, allow) => {
  await using hub = await startHub()
  const ticket = await ticketOf(hub)

  const answer = await fetch(`http://127.0.0.1:${hub.port}${path}?ticket=${ticket}`, { method })

  expect([answer.status, answer.headers.get('allow')]).toEqual([405, allow])
  const stream = await openStream(hub.port, { ticket })
  stream.close()
})

it.each(['/push', '/push/', '/push/sse/', '/push/ticket/x', '/ticket', '//push/ticket'])(
  'leaves %s alone',
  async (path) => {
    await using hub = await startHub()

    const answer = await fetch(`http://127.0.0.1:${hub.port}${path}`, { method: 'POST', body: '{}' })

    expect(answer.status).toBe(426)
  },
)

it('serves a client that speaks HTTP/1.0, without chunks', async () => {
  await using hub = await startHub()
  const ticket = await ticketOf(hub)
  const socket = await dial(hub.port)
  const answering = answerOn(socket)

  socket.write(`GET /push/sse?ticket=${ticket} HTTP/1.0\r\n\r\n`)
  await expect.poll(() => hub.driver.connections).toBe(1)
  await hub.notify.send('push', { to: { user: '1001' }, title: 'Old but gold' })
  await hub.driver.disconnect({ user: '1001' })
  const answer = await answering

  const [head = '', body = ''] = answer.split('\r\n\r\n')
  expect(head).not.toMatch(/transfer-encoding/i)
  expect(body).toMatch(
    /^retry: 2000\n\nid: \S+\ndata: \{"connect":.*\n\nid: \S+\ndata: .*Old but gold.*\n\ndata: .*disconnect.*\n\n$/,
  )
})

it('refuses a body of more than 8 KiB, whether or not it says so, and serves the connection on', async () => {
  await using hub = await startHub()
  const bodyOf = (bytes: number) => JSON.stringify({ token: 'x'.repeat(bytes - 12) })
  const chunked = `POST /push/ticket HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`
  const big = 'y'.repeat(0x2001)

  const [largest, tooLarge] = [
    await post(hub.port, '/push/ticket', { body: bodyOf(8_192) }),
    await post(hub.port, '/push/ticket', { body: bodyOf(8_193) }),
  ]
  const answers = await speak(
    hub.port,
    `${chunked}2001\r\n${big}\r\n2001\r\n${big}\r\n0\r\n\r\n`,
    'POST /push/ticket HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}',
  )

  expect([largest.status, tooLarge.status]).toEqual([401, 413])
  expect(tooLarge.body).toEqual({ code: 107, message: 'bad request' })
  expect(answers.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 413', 'HTTP/1.1 401'])
})

it('waits 5 seconds for a body, and not for ever', async () => {
  await using hub = await startHub()
  const socket = await dial(hub.port)
  const answering = answerOn(socket)
  socket.write('POST /push/ticket HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"token"')
  await expect.poll(() => hub.clock.pending).toBe(1)

  await hub.clock.advance(4_999)
  socket.write(':"')
  await hub.clock.advance(1)
  const answer = await answering

  expect(answer).toContain('HTTP/1.1 408 Request Timeout')
  expect(answer).toContain('{"code":100,"message":"request timeout"}')
  expect(hub.clock.pending).toBe(0)
})

it('hears no more of a request that was given up, and reports nothing', async () => {
  const told: unknown[] = []
  await using hub = await startHub({ onError: (error) => void told.push(error), maxUnauthenticated: 1 })
  const socket = await dial(hub.port)
  socket.write('POST /push/ticket HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{')
  await expect.poll(() => hub.clock.pending).toBe(1)

  socket.resetAndDestroy()

  await expect.poll(() => hub.clock.pending).toBe(0)
  await expect.poll(() => post(hub.port, '/push/ticket', { body: {} })).toMatchObject({ status: 401 })
  expect(told).toEqual([])
})

it('opens nothing for a reader that has gone before the hook answered', async () => {
  const told: unknown[] = []
  const asked: ((isAllowed: boolean) => void)[] = []
  await using hub = await startHub({
    onError: (error) => void told.push(error),
    authorizeChannel: () => new Promise((resolve) => asked.push(resolve)),
  })
  const stream = await requestStream(hub.port, { ticket: await ticketOf(hub), subs: { orders: {} } })
  await expect.poll(() => asked).toHaveLength(1)

  stream.close()
  await expect.poll(() => hub.driver.stats().disconnects).toEqual({ 1006: 1 })
  asked[0]?.(true)
  const device = await hub.join('1001')

  expect(hub.driver.connections).toBe(1)
  expect(hub.driver.stats()).toMatchObject({ connects: 1, channels: 2 })
  expect(told).toEqual([])
  await device.close()
})

it('ends a stream whose hook does not answer in time, or throws, and reports what it threw', async () => {
  const told: unknown[] = []
  await using hub = await startHub({
    onError: (error) => void told.push(error),
    authorizeChannel: ({ channel }) =>
      channel === 'slow' ? new Promise(() => undefined) : Promise.reject(new Error('database is away')),
  })

  const slow = await requestStream(hub.port, { ticket: await ticketOf(hub), subs: { slow: {} } })
  const broken = await requestStream(hub.port, { ticket: await ticketOf(hub), subs: { broken: {} } })
  await broken.ended
  await hub.clock.advance(10_250)
  await slow.ended

  expect(broken.pushes).toEqual([{ disconnect: { code: 3004, reason: 'internal server error' } }])
  expect(slow.pushes).toEqual([{ disconnect: { code: 3502, reason: 'stale' } }])
  expect(told.map(String)).toEqual(['Error: database is away'])
})

it('serves requests that came at once on one connection one after the other', async () => {
  await using hub = await startHub()
  const [one, two] = [await ticketOf(hub), await ticketOf(hub)]
  const head = 'POST /push/ticket HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}'
  const requestOf = (ticket: string) => `GET /push/sse?ticket=${ticket} HTTP/1.1\r\nHost: x\r\n\r\n`
  const socket = await dial(hub.port)
  const answering = answerOn(socket)

  socket.write(head + head + requestOf(one) + requestOf(two))
  await expect.poll(() => hub.driver.connections).toBe(1)
  await hub.driver.disconnect({ user: '1001' })
  const answer = await answering

  // The second stream was never begun, because the first takes its connection with it.
  expect(answer.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 401', 'HTTP/1.1 401', 'HTTP/1.1 200'])
  expect(hub.driver.stats().disconnects).toEqual({ 3503: 1 })
  const stream = await openStream(hub.port, { ticket: two })
  stream.close()
})

it('answers whatever is posted, and tells nobody of it', async () => {
  const told: unknown[] = []
  await using hub = await startHub({
    onError: (error) => void told.push(error),
    connectionsPerSecond: 100_000,
  })
  const bytes = fc.uint8Array({ maxLength: 200 }).map((octets) => Buffer.from(octets).toString('latin1'))
  const fields = fc.record(
    { token: fc.anything(), data: fc.anything(), session: fc.anything(), acks: fc.anything() },
    { requiredKeys: [] },
  )
  const bodies = fc.oneof(
    bytes,
    fc.json(),
    fields.map((body) => JSON.stringify(body)),
  )

  await fc.assert(
    fc.asyncProperty(fc.constantFrom('ticket', 'ack'), bodies, async (path, body) => {
      const answer = await post(hub.port, `/push/${path}`, { body })
      expect([400, 401]).toContain(answer.status)
      expect(Object.keys(answer.body)).toEqual(['code', 'message'])
    }),
    { numRuns: 300 },
  )
  expect(told).toEqual([])
})

it('answers whatever is asked for in the URL, and tells nobody of it', async () => {
  const told: unknown[] = []
  await using hub = await startHub({
    onError: (error) => void told.push(error),
    authorizeChannel: () => true,
    connectionsPerSecond: 100_000,
  })
  const name = fc.oneof(
    fc.constantFrom('__proto__', 'constructor', '#1001', '@all', 'orders'),
    fc.string({ maxLength: 300 }),
  )
  const position = fc.oneof(
    fc.jsonValue(),
    fc.record({ recover: fc.boolean(), offset: fc.jsonValue(), epoch: fc.jsonValue() }),
  )
  const entries = fc.array(fc.tuple(name, position), { maxLength: 5 })
  const subs = fc.oneof(
    fc.string(),
    fc.json(),
    entries.map(
      (all) => `{${all.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join()}}`,
    ),
  )
  const header = fc.stringMatching(/^[\x21-\x7e]{0,80}$/)

  await fc.assert(
    fc.asyncProperty(subs, header, async (wanted, lastEventId) => {
      const ticket = await ticketOf(hub)
      const stream = await requestStream(hub.port, {
        ticket,
        subs: wanted,
        headers: { 'last-event-id': lastEventId },
      })
      expect([200, 400]).toContain(stream.status)
      if (stream.status === 200) await stream.received(1)
      if (stream.status === 200) expect(Object.keys(stream.connect.subs)).toContain('#1001')
      stream.close()
    }),
    { numRuns: 200 },
  )
  await expect.poll(() => hub.driver.connections).toBe(0)
  expect(told).toEqual([])
})

it('puts no token, ticket or session into what it reports or counts', async () => {
  const told: unknown[] = []
  await using hub = await startHub({
    onError: (error) => void told.push(error),
    isRevoked: () => Promise.reject(new Error('no database')),
    onAcknowledged: () => {
      throw new Error('no log')
    },
  })
  const token = hub.driver.issueToken({ user: '1001' })
  const ticket = await ticketOf(hub)

  await post(hub.port, '/push/ticket', { body: { token } })
  await requestStream(hub.port, { ticket })
  await post(hub.port, '/push/ticket', { body: `{"token":"${token}` })

  expect(told).toHaveLength(2)
  const texts = told
    .map((error) => `${String(error)} ${JSON.stringify(error)} ${(error as Error).stack}`)
    .join()
  for (const secret of [token, ticket]) expect(texts).not.toContain(secret)
})
