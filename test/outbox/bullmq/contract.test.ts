import { afterAll, beforeAll, describe, it } from 'vitest'
import { bullmq, type BullmqOptions } from '../../../src/outbox/bullmq.ts'
import { describeOutbox } from '../../../src/testing/index.ts'
import { findPostgres, startPostgres, type PostgresServer } from '../../support/postgres-server.ts'
import { findRedisServer, startRedis, type RedisServer } from '../../support/redis-server.ts'

let count = 0

const harnessOf = (options: () => BullmqOptions) => () => {
  const prefix = `contract-${(count += 1)}`
  return Promise.resolve({
    open: async () => {
      const outbox = bullmq({ ...options(), prefix, leaseMs: 1_000 })
      await outbox.open(['email', 'sms'])
      return outbox
    },
    recoverMs: 5_000,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  })
}

describe.skipIf(!findRedisServer() && !process.env['CI'])('on Redis', () => {
  let server: RedisServer
  beforeAll(async () => void (server = await startRedis()))
  afterAll(() => server.stop())

  const options = () => ({ redis: `redis://127.0.0.1:${server.port}` })
  describeOutbox('bullmq on Redis', { harness: harnessOf(options) }, { describe, it })
})

describe.skipIf(!findPostgres() && !process.env['CI'])('on PostgreSQL', () => {
  let server: PostgresServer
  beforeAll(async () => void (server = await startPostgres()))
  afterAll(() => server.stop())

  const options = () => ({ postgres: server.url })
  describeOutbox('bullmq on PostgreSQL', { harness: harnessOf(options) }, { describe, it })
})
