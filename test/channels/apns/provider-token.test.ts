/** The JWT: shared, renewed in time, and repaired once when Apple calls it old. */
import { expect, it } from 'vitest'
import { FakeClock } from '../../../src/testing/fake-clock.ts'
import { findSecrets } from '../../../src/testing/find-secrets.ts'
import { failures, hold, startBench, statuses } from './bench.ts'

const MINUTE = 60_000

it('signs one token for all pushes', async () => {
  await using bench = await startBench()

  await bench.burst(200)

  expect(bench.fake.jwts).toHaveLength(1)
})

it('renews the token after 50 minutes and not before', async () => {
  await using bench = await startBench()
  await bench.send()

  await bench.clock.advance(49 * MINUTE)
  await bench.send()
  const before = bench.fake.jwts.length
  await bench.clock.advance(MINUTE)
  const result = await bench.send()

  expect(before).toBe(1)
  expect(bench.fake.jwts).toHaveLength(2)
  expect(result.status).toBe('sent')
})

it('renews the token of a machine that slept, though its steady clock stood still', async () => {
  await using bench = await startBench()
  await bench.send()

  bench.clock.jump(90 * MINUTE)
  const result = await bench.send()

  expect(result.status).toBe('sent')
  expect(bench.fake.jwts).toHaveLength(2)
})

it('makes one new token, on a new connection, when 500 pushes in flight are told that theirs expired', async () => {
  await using bench = await startBench({ config: { pingIdleMs: 60 * MINUTE } })
  await hold(bench)
  await bench.clock.advance(25 * MINUTE)

  const sending = bench.burst(500)
  await bench.fake.arrived(501)
  bench.fake.expireTokens()
  bench.fake.release()
  const results = await sending

  expect(statuses(results)).toEqual(['sent'])
  expect(bench.fake.jwts).toHaveLength(2)
  expect(bench.fake.connectionsMade).toBe(2)
  expect(bench.fake.accepted).toHaveLength(501)
})

it('does not renew twice within 20 minutes: it asks for a look at the clock instead', async () => {
  await using bench = await startBench()
  await bench.send()
  await bench.clock.advance(25 * MINUTE)
  bench.fake.expireTokens()
  await bench.send()
  bench.fake.expireTokens()

  const result = await bench.send()

  const [error] = failures([result])
  expect(error).toMatchObject({ code: 'UNAUTHORIZED', delivery: 'not_sent' })
  expect(error?.provider).toMatchObject({ code: 'ExpiredProviderToken', status: 403 })
  expect(error?.message).toContain('check the clock')
  expect(bench.fake.jwts).toHaveLength(2)
})

it('hints at the clock when this machine is more than an hour behind', async () => {
  const ahead = new FakeClock(Date.now() + 61 * MINUTE)
  await using bench = await startBench({ fake: { clock: ahead } })

  const result = await bench.send()

  expect(failures([result])[0]?.message).toContain('check the clock')
  expect(bench.fake.jwts).toHaveLength(1)
})

it('keeps the token and changes the connection when Apple counts too many tokens', async () => {
  await using bench = await startBench()
  await bench.send()

  bench.fake.refuseNext('TooManyProviderTokenUpdates')
  const refused = await bench.send()
  const next = await bench.send()

  expect(failures([refused])[0]).toMatchObject({ code: 'RATE_LIMITED', delivery: 'not_sent' })
  expect(next.status).toBe('sent')
  expect(bench.fake.jwts).toHaveLength(1)
  expect(bench.fake.connectionsMade).toBe(2)
})

it('changes the connection for that reason at most every 30 seconds', async () => {
  await using bench = await startBench()
  await bench.send()

  bench.fake.refuseNext('TooManyProviderTokenUpdates', { times: 3 })
  for (let time = 0; time < 3; time += 1) await bench.send()
  await bench.send()

  expect(bench.fake.connectionsMade).toBe(2)
})

it('cuts the token before the last out of an error, too: Apple still takes it', async () => {
  await using bench = await startBench()
  await bench.send()
  await bench.clock.advance(50 * MINUTE)
  await bench.send()
  const [previous = ''] = bench.fake.jwts
  const signature = previous.split('.')[2] ?? ''

  const explained = bench.driver.explain(new Error(`sent with ${previous}`))

  expect(bench.fake.jwts).toHaveLength(2)
  expect(findSecrets(explained, [previous, signature])).toEqual([])
})

it('is told by APNs when another server renews the same key too often', async () => {
  await using bench = await startBench()
  await bench.send()
  const { apns } = await import('../../../src/channels/apns/index.ts')
  const { createNotify } = await import('../../../src/index.ts')
  await bench.clock.advance(MINUTE)
  const other = createNotify({
    retry: false,
    breaker: false,
    idempotency: false,
    channels: { apns: apns(bench.fake.config, { clock: bench.clock }) },
  })

  const result = await other.send('apns', { to: 'ab'.repeat(32), title: 'Parcel' })
  await other.close()

  expect(failures([result])[0]?.provider?.code).toBe('TooManyProviderTokenUpdates')
})
