/** What the stores are told, and what is wrong with it. */
import { Cluster, Redis } from 'ioredis'
import { createClient, createClientPool, createCluster } from 'redis'
import { describe, expect, it } from 'vitest'
import { redisIdempotency, redisLimits, redisSuppressions, type RedisLike } from '../../src/redis/index.ts'

const idle = new Redis({ lazyConnect: true })
const wrong = (value: unknown) => value as never

describe.each([
  ['limits', redisLimits],
  ['idempotency keys', redisIdempotency],
  ['suppressions', redisSuppressions],
])('the store of %s', (_, store) => {
  it.each([
    ['nothing', undefined],
    ['null', null],
    ['an address', 'redis://:hunter2@localhost'],
    ['the options of a client', { host: 'localhost', password: 'hunter2' }],
    ['a client of another library', { eval: () => undefined, evalsha: () => undefined }],
  ])('refuses %s in place of a client', (__, client) => {
    const make = () => store(wrong(client))

    expect(make).toThrow(/^client: expected a client of ioredis or redis, received (?!.*hunter2)/)
  })

  it('names every wrong option, and the client', () => {
    const make = () =>
      store(wrong({}), wrong({ prefix: 7, timeoutMs: '1s', clock: {}, prefx: 'a', toString: 1 }))

    expect(make).toThrow(expect.objectContaining({ code: 'INVALID_CONFIG' }))
    expect(make).toThrow(
      /client: .*prefix: expected a string, received 7; timeoutMs: expected .*clock: .*prefx: is not an option; the options are prefix, timeoutMs, clock.*toString: is not/,
    )
  })

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31])(
    'refuses a time limit of %d ms',
    (timeoutMs) => {
      expect(() => store(idle, { timeoutMs })).toThrow(/timeoutMs: expected milliseconds above 0/)
    },
  )

  it.each([null, [], 'prefix'])('refuses %j in place of options', (options) => {
    expect(() => store(idle, wrong(options))).toThrow(/expected an object of options/)
  })

  it('takes every client it is made for, and options that are not set', () => {
    const clients: RedisLike[] = [
      idle,
      new Cluster([{ host: '127.0.0.1', port: 1 }], { lazyConnect: true }),
      createClient(),
      createClientPool(),
      createCluster({ rootNodes: [] }),
    ]

    const stores = clients.map((client) => store(client, { prefix: undefined, timeoutMs: undefined }))

    expect(stores).toHaveLength(5)
  })
})

it('names a time that is none, and a reason that is none', () => {
  const make = () => redisSuppressions(idle, wrong({ ttlMs: { invalid: 0, bounced: 5 } }))

  expect(make).toThrow(/ttlMs\.bounced: is no reason; ttlMs\.invalid: expected a number above 0, received 0/)
})
