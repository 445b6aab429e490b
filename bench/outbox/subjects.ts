/** The engines, each on a store of its own that is new in every round. */
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { Pool } from 'pg'
import { bullmq } from '../../src/outbox/bullmq.ts'
import { embedded } from '../../src/outbox/embedded.ts'
import { startPostgres } from '../../test/support/postgres-server.ts'
import { startRedis } from '../../test/support/redis-server.ts'
import { bareBullmq } from './bare-bullmq.ts'
import { bareSqlite } from './bare-sqlite.ts'
import type { Contestant } from './contestant.ts'
import { ours } from './ours.ts'

export interface Subject extends AsyncDisposable {
  readonly engine: string
  readonly ours: () => Promise<Contestant>
  readonly bare: () => Promise<Contestant>
}

export const SUBJECTS: Readonly<Record<string, () => Promise<Subject>>> = {
  embedded: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'notiwire-bench-'))
    let count = 0
    const next = () => join(folder, `${(count += 1)}.db`)
    return {
      engine: 'embedded',
      ours: () => {
        const file = next()
        return ours(embedded({ file, thread: false }), () => sizeOf(file))
      },
      bare: () => bareSqlite(next()),
      [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
    }
  },
  redis: async () => {
    const server = await startRedis('--appendonly', 'yes', '--appendfsync', 'always')
    const connection = { host: '127.0.0.1', port: server.port }
    const client = new Redis({ ...connection, maxRetriesPerRequest: null })
    const bytes = async () => Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1])
    let count = 0
    const prefix = () => `bench${(count += 1)}`
    return {
      engine: 'redis',
      ours: () => ours(bullmq({ redis: connection, prefix: prefix() }), bytes),
      bare: () => bareBullmq({ connection, prefix: prefix() }, { isPostgres: false, bytes }),
      [Symbol.asyncDispose]: async () => {
        client.disconnect()
        await server.stop()
      },
    }
  },
  postgres: async () => {
    const server = await startPostgres()
    const pool = new Pool({ connectionString: server.url, options: '-c search_path=bullmq' })
    pool.on('error', () => undefined)
    const bytes = async () => {
      const { rows } = await pool.query<{ size: string }>(
        'SELECT pg_database_size(current_database()) AS size',
      )
      return Number(rows[0]?.size)
    }
    let count = 0
    const prefix = () => `bench${(count += 1)}`
    return {
      engine: 'postgres',
      ours: () => ours(bullmq({ postgres: server.url, prefix: prefix() }), bytes),
      bare: () => bareBullmq({ connection: pool, prefix: prefix() }, { isPostgres: true, bytes }),
      [Symbol.asyncDispose]: async () => {
        await pool.end()
        await server.stop()
      },
    }
  },
}

/** With what is not yet in the file itself. */
async function sizeOf(file: string): Promise<number> {
  const sizes = await Promise.all([file, `${file}-wal`].map((one) => stat(one).then(({ size }) => size)))
  return sizes.reduce((sum, size) => sum + size, 0)
}
