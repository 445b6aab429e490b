/** What every store of idempotency keys must do, wherever it keeps them. */
import { expect, it } from 'vitest'
import type { IdempotencyStore, KeyClaim } from '../../src/core/stores.ts'

export interface IdempotencyStoreUnderTest {
  readonly store: IdempotencyStore
  /** Lets `ms` milliseconds pass for the store. */
  readonly pass: (ms: number) => Promise<void>
}

/** @param ms a lease that is long against one call and short against a test's patience */
export function describeIdempotencyStore(start: () => IdempotencyStoreUnderTest, ms: number): void {
  const claimOf = (id: string, more: Partial<KeyClaim> = {}): KeyClaim => {
    return { id, fingerprint: 'print', ttlMs: ms * 100, leaseMs: ms * 50, ...more }
  }

  it('gives a key to one claim of many at the same time', async () => {
    const { store } = start()
    const ids = Array.from({ length: 20 }, (_, index) => `delivery-${index}`)

    const states = await Promise.all(ids.map((id) => store.claim('key', claimOf(id))))

    const winner = ids[states.indexOf(undefined)]
    expect(states.filter((state) => state === undefined)).toHaveLength(1)
    expect(states.filter((state) => state?.status === 'pending' && state.id === winner)).toHaveLength(19)
  })

  it('tells what was claimed before: whose it is, and for which message', async () => {
    const { store } = start()
    await store.claim('key', claimOf('one', { fingerprint: 'of one' }))

    const state = await store.claim('key', claimOf('two', { fingerprint: 'of two' }))

    expect(state).toEqual({ status: 'pending', id: 'one', fingerprint: 'of one' })
    expect(await store.claim('other', claimOf('two'))).toBeUndefined()
  })

  it('tells the outcome once there is one, and remembers it for its time', async () => {
    const { store, pass } = start()
    await store.claim('key', claimOf('one', { ttlMs: ms, leaseMs: ms / 2 }))
    await store.settle('key', 'one', 'the outcome')

    const before = await store.claim('key', claimOf('two'))
    await pass(ms + 1)
    const after = await store.claim('key', claimOf('three'))

    expect(before).toEqual({ status: 'settled', id: 'one', fingerprint: 'print', outcome: 'the outcome' })
    expect(after).toBeUndefined()
  })

  it('is free again where nothing was sent', async () => {
    const { store } = start()
    await store.claim('key', claimOf('one'))

    await store.release('key', 'one')

    expect(await store.claim('key', claimOf('two'))).toBeUndefined()
  })

  it('takes a claimer who says nothing within his lease for dead, and does not give the key away', async () => {
    const { store, pass } = start()
    await store.claim('key', claimOf('one', { leaseMs: ms }))
    await pass(ms + 1)

    const states = [await store.claim('key', claimOf('two')), await store.claim('key', claimOf('three'))]

    const lost = { status: 'lost', id: 'one', fingerprint: 'print' }
    expect(states).toEqual([lost, lost])
  })

  it('still hears of an outcome after the lease', async () => {
    const { store, pass } = start()
    await store.claim('key', claimOf('one', { leaseMs: ms }))
    await pass(ms + 1)

    await store.settle('key', 'one', 'late')

    expect(await store.claim('key', claimOf('two'))).toMatchObject({ status: 'settled', outcome: 'late' })
  })

  it('lets nobody settle or release what is another’s', async () => {
    const { store } = start()
    await store.claim('key', claimOf('one'))

    await store.settle('key', 'two', 'a lie')
    await store.release('key', 'two')
    await store.settle('none', 'two', 'a lie')

    expect(await store.claim('key', claimOf('three'))).toMatchObject({ status: 'pending', id: 'one' })
    expect(await store.claim('none', claimOf('three'))).toBeUndefined()
  })

  it('does not release what is settled', async () => {
    const { store } = start()
    await store.claim('key', claimOf('one'))
    await store.settle('key', 'one', 'sent')

    await store.release('key', 'one')

    expect(await store.claim('key', claimOf('two'))).toMatchObject({ status: 'settled' })
  })

  it('keeps any text as an outcome', async () => {
    const { store } = start()
    const outcome = '{"text":"“收据” \u{1F4EC}\\n\u0000"}'
    await store.claim('钥匙', claimOf('one'))
    await store.settle('钥匙', 'one', outcome)

    expect(await store.claim('钥匙', claimOf('two'))).toMatchObject({ outcome })
  })
}
