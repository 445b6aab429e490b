/** The stores in Redis do what every such store must, with each client they are made for. */
import { beforeEach, describe } from 'vitest'
import type { RedisLike } from '../../src/redis/client.ts'
import { redisIdempotency, redisLimits, redisSuppressions } from '../../src/redis/index.ts'
import { describeIdempotencyStore } from '../support/idempotency-store-contract.ts'
import { describeLimitStore } from '../support/limit-store-contract.ts'
import { describeSuppressionStore } from '../support/suppression-store-contract.ts'
import { CLIENTS, CLUSTER_CLIENTS, describeOnRedis, type Connect, type OnRedis } from './support.ts'

const WINDOW_MS = 200

function describeStores(on: OnRedis, clients: readonly (readonly [string, Connect])[]): void {
  describe.each(clients)('with %s', (_, connect) => {
    let client: RedisLike
    let tests = 0
    const pass = (ms: number) => on.pass(ms)
    const prefix = () => `test ${tests}:`

    beforeEach(async () => {
      client = await on.open(connect)
      await on.control.flushall()
      tests += 1
    })

    describe('limits', () => {
      describeLimitStore(() => ({ store: redisLimits(client, { prefix: prefix() }), pass }), WINDOW_MS)
    })

    describe('idempotency keys', () => {
      describeIdempotencyStore(() => ({ store: redisIdempotency(client), pass }), WINDOW_MS)
    })

    describe('suppressions', () => {
      describeSuppressionStore((ms) => {
        const ttlMs = { invalid: ms, unsubscribed: ms * 100 }
        return { store: redisSuppressions(client, { prefix: prefix(), ttlMs }), pass }
      }, WINDOW_MS)
    })
  })
}

describeOnRedis('stores in Redis', (on) => describeStores(on, CLIENTS))
describeOnRedis('stores in Redis Cluster', (on) => describeStores(on, CLUSTER_CLIENTS), true)
