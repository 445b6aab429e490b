import type { Pool } from 'pg'
import { expect, it, vi } from 'vitest'
import { tenacious } from '../../../src/outbox/bullmq/postgres-pool.ts'

interface Queries {
  query(text: string): Promise<unknown>
}

/** A pool whose queries fail with those in turn, and then answer. */
function failing(...errors: readonly Error[]) {
  const left = [...errors]
  const query = vi.fn(() => {
    const error = left.shift()
    return error ? Promise.reject(error) : Promise.resolve('rows')
  })
  return { query, pool: tenacious({ query, on: vi.fn() } as unknown as Pool) as unknown as Queries }
}

const failure = (code: string) => Object.assign(new Error(`failed with ${code}`), { code })

it('does again what PostgreSQL ended because two waited for each other', async () => {
  const { query, pool } = failing(failure('40P01'), failure('40P01'))

  expect(await pool.query('SELECT 1')).toBe('rows')
  expect(query).toHaveBeenCalledTimes(3)
})

it('does not do again what PostgreSQL refused', async () => {
  const { query, pool } = failing(failure('BM001'))

  await expect(pool.query('SELECT 1')).rejects.toMatchObject({ code: 'BM001' })
  expect(query).toHaveBeenCalledTimes(1)
})

it.each([failure('57P01'), failure('ECONNRESET'), new Error('Connection terminated unexpectedly')])(
  'lets BullMQ wait for the server where the connection was lost: %s',
  async (error) => {
    const { pool } = failing(error)

    await expect(pool.query('SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED', cause: error })
  },
)
