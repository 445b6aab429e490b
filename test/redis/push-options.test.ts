/** What a broker over Redis is told, and what is wrong with it. */
import { Cluster, Redis } from 'ioredis'
import { createClient } from 'redis'
import { describe, expect, it } from 'vitest'
import { redisBroker } from '../../src/redis/index.ts'

const idle = new Redis({ lazyConnect: true })
const wrong = (value: unknown) => value as never

describe('a broker over Redis', () => {
  it.each([
    ['nothing', undefined, 'undefined'],
    ['an address', 'redis://:hunter2@localhost', 'a value of type string'],
    ['the options of a client', { host: 'localhost', password: 'hunter2' }, 'a value of type object'],
    ['a client of node-redis', createClient(), 'a client of redis'],
    ['half a client', { eval: () => 0, evalsha: () => 0, status: 'ready' }, 'a value of type object'],
  ])('refuses %s in place of a client', (_, client, received) => {
    const make = () => redisBroker(wrong(client))

    expect(make).toThrow(
      expect.objectContaining({
        code: 'INVALID_CONFIG',
        message: `client: expected a Redis or Cluster of ioredis, received ${received}`,
      }),
    )
  })

  it('names every wrong option', () => {
    const make = () =>
      redisBroker(wrong({}), wrong({ prefix: 'a{}', timeoutMs: 0, clock: 1, client: idle, ttlMs: 1 }))

    expect(make).toThrow(
      /^client: .*prefix: expected a string without \{\}.*timeoutMs: .*clock: .*client: is not an option; the options are prefix, timeoutMs, clock.*ttlMs: is not/,
    )
  })

  it('takes a Redis and a Cluster, and neither connects nor closes them', async () => {
    const cluster = new Cluster([{ host: '127.0.0.1', port: 1 }], { lazyConnect: true })

    for (const broker of [redisBroker(idle), redisBroker(cluster, { prefix: 'a{b}' })]) await broker.close()

    expect([idle.status, cluster.status]).toEqual(['wait', 'wait'])
  })

  it('serves one driver', async () => {
    const broker = redisBroker(new Redis({ port: 1, lazyConnect: true, retryStrategy: null }), {
      timeoutMs: 1,
    })
    const ignore = () => undefined
    const events = {
      publication: () => 0,
      acknowledged: ignore,
      control: ignore,
      resumed: ignore,
      failed: ignore,
    }
    await broker.start('one', events)

    await expect(Promise.resolve(broker.start('one', events))).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
    })
    await broker.close()
  })
})
