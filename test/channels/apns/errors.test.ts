/** Every reason of Apple's table, and every reply that is not in it. */
import { expect, it } from 'vitest'
import { ERRORS } from '../../../src/channels/apns/errors.ts'
import { STATUS } from '../../../src/channels/apns/fake-statuses.ts'
import { findSecrets } from '../../../src/testing/find-secrets.ts'
import { failures, newToken, passing, startBench } from './bench.ts'

/** These two are repaired once before they are reported. */
const REPAIRED = ['ExpiredProviderToken', 'IdleTimeout']

it.each(Object.entries(ERRORS))('reports %s as the table says, without a secret', async (reason, row) => {
  await using bench = await startBench()
  const to = newToken()
  const body = 'The code of the parcel is 7712-9943'
  bench.fake.refuseNext(reason, { times: REPAIRED.includes(reason) ? 3 : 1 })

  const result = await passing(bench, bench.send({ to, body }))

  const [error] = failures([result])
  const delivery = 'delivery' in row ? row.delivery : 'not_sent'
  expect(error).toMatchObject({ code: row.code, delivery, provider: { code: reason } })
  expect(error?.provider?.status).toBe(STATUS[reason] ?? 400)
  expect(error?.provider?.requestId).toBe(result.id)
  expect(error?.reason).toBe('reason' in row ? row.reason : undefined)
  expect(error?.retryAfterMs).toBe('retryAfterMs' in row ? row.retryAfterMs : undefined)
  expect(bench.fake.accepted).toHaveLength(0)
  const secrets = [to, body, bench.fake.credentials.key, ...bench.fake.jwts]
  expect(findSecrets(result, secrets)).toEqual([])
})

it('says since when a device token is dead', async () => {
  await using bench = await startBench()
  const to = newToken()
  const since = new Date('2026-05-04T03:02:01.000Z')
  bench.fake.unregister(to, since)

  const result = await bench.send({ to })

  const [error] = failures([result])
  expect(error).toMatchObject({ code: 'RECIPIENT_REJECTED', reason: 'invalid', since })
})

it('sends again, on a new connection, what came too late on an idle one', async () => {
  await using bench = await startBench()
  await bench.send()

  bench.fake.refuseNext('IdleTimeout')
  const result = await bench.send()

  expect(result.status).toBe('sent')
  expect(bench.fake.connectionsMade).toBe(2)
})

it('does not hammer a server in trouble: one try, then how long to wait', async () => {
  await using bench = await startBench()
  bench.fake.refuseNext('ServiceUnavailable', { headers: { 'retry-after': '120' }, times: 5 })

  const result = await bench.send()

  expect(failures([result])[0]).toMatchObject({
    code: 'UNAVAILABLE',
    delivery: 'not_sent',
    retryAfterMs: 120_000,
  })
  expect(bench.fake.received).toBe(1)
})

it('leaves a server that answers 503 each time, and one that answers 500 at most every 30 seconds', async () => {
  await using bench = await startBench()
  await bench.send()

  bench.fake.refuseNext('InternalServerError', { times: 5 })
  for (let time = 0; time < 5; time += 1) await passing(bench, bench.send())
  await passing(bench, bench.send())
  const after500 = bench.fake.connectionsMade
  bench.fake.refuseNext('Shutdown', { times: 2 })
  for (let time = 0; time < 3; time += 1) await passing(bench, bench.send())

  expect([after500, bench.fake.connectionsMade]).toEqual([2, 4])
})

it('reads a retry-after that is a date', async () => {
  await using bench = await startBench()
  const at = new Date(Math.ceil(bench.clock.now() / 1000) * 1000 + 60_000)
  bench.fake.refuseNext('TooManyRequests', { headers: { 'retry-after': at.toUTCString() } })

  const result = await bench.send()

  expect(failures([result])[0]?.retryAfterMs).toBe(at.getTime() - bench.clock.now())
})

it('delays nobody else when one device gets too many', async () => {
  await using bench = await startBench()
  bench.fake.refuseNext('TooManyRequests')

  const [refused, other] = [await bench.send(), await bench.send()]

  expect(failures([refused])).toHaveLength(1)
  expect(other.status).toBe('sent')
  expect(bench.fake.connectionsMade).toBe(1)
})

it.each([
  ['a reason that is not in the table', 400, '{"reason":"SomethingNew"}', 'DRIVER_FAILED', 'not_sent'],
  ['a reason named like a property of objects', 400, '{"reason":"constructor"}', 'DRIVER_FAILED', 'not_sent'],
  ['an empty body', 400, '', 'DRIVER_FAILED', 'not_sent'],
  ['bad JSON', 403, '{"reason":', 'DRIVER_FAILED', 'not_sent'],
  ['JSON null', 410, 'null', 'DRIVER_FAILED', 'not_sent'],
  ['a body of 1 MB', 400, 'x'.repeat(1_000_000), 'DRIVER_FAILED', 'not_sent'],
  ['a proxy’s page', 502, '<html>Bad Gateway</html>', 'UNAVAILABLE', 'unknown'],
  ['a redirect', 302, '', 'DRIVER_FAILED', 'unknown'],
  ['a 200 that is not quite', 204, '', 'DRIVER_FAILED', 'unknown'],
] as const)('answers %s with a typed error', async (_, status, body, code, delivery) => {
  await using bench = await startBench()
  bench.fake.refuseNext('', { status, body })

  const result = await bench.send()
  const next = await bench.send()

  const [error] = failures([result])
  expect(error).toMatchObject({ code, delivery, provider: { status } })
  expect(error?.provider?.message.length).toBeLessThanOrEqual(1024)
  expect(next.status).toBe('sent')
})

it('cuts what it sent out of a foreign reply that echoes it', async () => {
  await using bench = await startBench()
  const to = newToken()
  const body = 'The code of the parcel is 7712-9943'
  bench.fake.refuseNext('', { status: 502, body: `POST /3/device/${to} {"body":"${body}"}` })

  const result = await bench.send({ to, body })

  expect(findSecrets(result, [to, body])).toEqual([])
})

it.each([
  ['a page', 1024, (text: string) => text],
  ['a reason', 200, (text: string) => JSON.stringify({ reason: text })],
])('leaves no half of a device token or JWT where %s is cut', async (_, maxLength, toBody) => {
  await using bench = await startBench()
  const to = newToken()
  await bench.send()
  const jwt = bench.fake.jwts[0] ?? ''
  const halves = [`${'.'.repeat(maxLength - 40)}${to}`, `${'.'.repeat(maxLength - 100)}${jwt}`]

  const results = []
  for (const half of halves) {
    bench.fake.refuseNext('', { status: 400, body: toBody(half) })
    results.push(await bench.send({ to }))
  }

  expect(findSecrets(results, [to.slice(0, 16), jwt.slice(0, 60)])).toEqual([])
})

it('keeps a timestamp it cannot read out of the error', async () => {
  await using bench = await startBench()
  bench.fake.refuseNext('', { status: 410, body: '{"reason":"Unregistered","timestamp":1e300}' })

  const [error] = failures([await bench.send()])

  expect(error).toMatchObject({ code: 'RECIPIENT_REJECTED' })
  expect(error?.since).toBeUndefined()
})
