/** What every store of dead addresses must do, wherever it keeps them. */
import { expect, it } from 'vitest'
import type { DeadAddress, SuppressionStore } from '../../src/core/stores.ts'

export interface SuppressionStoreUnderTest {
  /** Forgets an address that is `invalid` after the `ms` of the suite, and any other later. */
  readonly store: SuppressionStore
  /** Lets `ms` milliseconds pass for the store. */
  readonly pass: (ms: number) => Promise<void>
}

/** @param ms a time that is long against one call and short against a test's patience */
export function describeSuppressionStore(start: (ms: number) => SuppressionStoreUnderTest, ms: number): void {
  const dead = (more: Partial<DeadAddress> = {}): DeadAddress => {
    return { channel: 'email', address: 'ann@example.com', reason: 'refused', ...more }
  }

  it('takes nobody for dead of whom it was not told', async () => {
    const { store } = start(ms)

    expect(await store.find('email', 'ann@example.com')).toBeUndefined()
  })

  it.each(['invalid', 'refused', 'unsubscribed'] as const)('tells that an address is %s', async (reason) => {
    const { store } = start(ms * 100)

    await store.add(dead({ reason }))

    expect(await store.find('email', 'ann@example.com')).toBe(reason)
  })

  it('tells the last reason that it was told', async () => {
    const { store } = start(ms * 100)
    await store.add(dead({ reason: 'refused' }))
    await store.add(dead({ reason: 'unsubscribed', since: new Date(0) }))

    expect(await store.find('email', 'ann@example.com')).toBe('unsubscribed')
  })

  it('keeps channels and addresses apart, whatever characters are in them', async () => {
    const { store } = start(ms)
    await store.add(dead({ channel: 'a', address: 'b:c' }))
    await store.add(dead({ channel: '钥匙\n', address: '\u0000"},' }))

    const found = [
      await store.find('a', 'b:c'),
      await store.find('a:b', 'c'),
      await store.find('', 'a:b:c'),
      await store.find('a', 'B:C'),
      await store.find('钥匙\n', '\u0000"},'),
      await store.find('钥匙\n', '\u0000'),
    ]

    expect(found).toEqual(['refused', undefined, undefined, undefined, 'refused', undefined])
  })

  it('makes an address good again', async () => {
    const { store } = start(ms)
    await store.add(dead())
    await store.add(dead({ channel: 'sms' }))

    await store.remove('email', 'ann@example.com')
    await store.remove('email', 'nobody@example.com')

    expect(await store.find('email', 'ann@example.com')).toBeUndefined()
    expect(await store.find('sms', 'ann@example.com')).toBe('refused')
  })

  it('forgets an address after the time of its reason, which a second word begins anew', async () => {
    const { store, pass } = start(ms)
    await store.add(dead({ reason: 'invalid' }))
    await store.add(dead({ reason: 'unsubscribed', address: 'bob@example.com' }))
    await pass(ms / 2)
    await store.add(dead({ reason: 'invalid', address: 'again@example.com' }))
    await store.add(dead({ reason: 'invalid', address: 'again@example.com' }))
    await pass(ms / 2 + 1)

    const found = [
      await store.find('email', 'ann@example.com'),
      await store.find('email', 'bob@example.com'),
      await store.find('email', 'again@example.com'),
    ]

    expect(found).toEqual([undefined, 'unsubscribed', 'invalid'])
  })
}
