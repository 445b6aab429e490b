/** What every store of limits must do, wherever it counts. */
import { expect, it } from 'vitest'
import type { LimitStore, Place } from '../../src/core/stores.ts'

export interface LimitStoreUnderTest {
  readonly store: LimitStore
  /** Lets `ms` milliseconds pass for the store. */
  readonly pass: (ms: number) => Promise<void>
}

const isPlace = (place: Place) => 'ticket' in place
const ticketOf = (place: Place) => ('ticket' in place ? place.ticket : expect.fail('there was no place'))
const waitOf = (place: Place) => ('waitMs' in place ? place.waitMs : 0)

/** @param perMs a window that is long against one call and short against a test's patience */
export function describeLimitStore(start: () => LimitStoreUnderTest, perMs: number): void {
  it('gives as many places as the limit allows, and then says how long to wait', async () => {
    const { store } = start()
    const rates = [{ limit: 2, perMs }]

    const places = [await store.take('a', rates), await store.take('a', rates), await store.take('a', rates)]

    expect(places.map(isPlace)).toEqual([true, true, false])
    const waitMs = waitOf(places[2] ?? { ticket: '' })
    expect(waitMs).toBeGreaterThan(0)
    expect(waitMs).toBeLessThanOrEqual(perMs)
  })

  it('has a place again after the wait that it told, and not one more', async () => {
    const { store, pass } = start()
    const rates = [{ limit: 1, perMs }]
    await store.take('a', rates)
    await pass(waitOf(await store.take('a', rates)))

    const places = [await store.take('a', rates), await store.take('a', rates)]

    expect(places.map(isPlace)).toEqual([true, false])
  })

  it('frees each place one window after it was taken, not all at a boundary', async () => {
    const { store, pass } = start()
    const rates = [{ limit: 2, perMs }]
    await store.take('a', rates)
    await pass(perMs / 2)
    await store.take('a', rates)
    await pass(perMs / 2 + 1)

    const places = [await store.take('a', rates), await store.take('a', rates)]

    expect(places.map(isPlace)).toEqual([true, false])
  })

  it('counts each key for itself', async () => {
    const { store } = start()
    const rates = [{ limit: 1, perMs }]
    await store.take('a', rates)

    expect(isPlace(await store.take('b', rates))).toBe(true)
  })

  it('takes a place within every rate, or within none', async () => {
    const { store, pass } = start()
    const rates = [
      { limit: 1, perMs },
      { limit: 3, perMs: perMs * 100 },
    ]
    await store.take('a', rates)
    for (let refused = 0; refused < 5; refused += 1) await store.take('a', rates)
    await pass(perMs + 1)

    const second = await store.take('a', rates)
    await pass(perMs + 1)
    const third = await store.take('a', rates)
    await pass(perMs + 1)
    const fourth = await store.take('a', rates)

    expect([second, third, fourth].map(isPlace)).toEqual([true, true, false])
    expect(waitOf(fourth)).toBeGreaterThan(perMs * 90)
  })

  it('has a place again that was given back', async () => {
    const { store } = start()
    const rates = [{ limit: 2, perMs }]
    await store.take('a', rates)
    const ticket = ticketOf(await store.take('a', rates))

    await store.giveBack('a', ticket)

    const places = [await store.take('a', rates), await store.take('a', rates)]
    expect(places.map(isPlace)).toEqual([true, false])
  })

  it('takes a place back once only', async () => {
    const { store } = start()
    const rates = [{ limit: 2, perMs }]
    const ticket = ticketOf(await store.take('a', rates))
    await store.take('a', rates)

    await store.giveBack('a', ticket)
    await store.giveBack('a', ticket)
    await store.giveBack('b', ticket)

    const places = [await store.take('a', rates), await store.take('a', rates)]
    expect(places.map(isPlace)).toEqual([true, false])
  })

  it('gives no place while a key is paused, and counts nothing meanwhile', async () => {
    const { store, pass } = start()
    const rates = [{ limit: 1, perMs: perMs * 100 }]
    await store.pause('a', perMs)
    const paused = await store.take('a', rates)
    const other = await store.take('b', rates)
    await pass(waitOf(paused))

    const after = await store.take('a', rates)

    expect([paused, other, after].map(isPlace)).toEqual([false, true, true])
    expect(waitOf(paused)).toBeLessThanOrEqual(perMs)
  })

  it('keeps the longer of two pauses', async () => {
    const { store, pass } = start()
    await store.pause('a', perMs * 100)
    await store.pause('a', 1)
    await pass(2)

    expect(waitOf(await store.take('a', [{ limit: 1, perMs }]))).toBeGreaterThan(perMs * 90)
  })

  it('without rates, heeds pauses alone', async () => {
    const { store } = start()
    const free = [await store.take('a', []), await store.take('a', [])]
    await store.giveBack('a', ticketOf(free[0] ?? { waitMs: 0 }))
    await store.pause('a', perMs)

    expect([...free, await store.take('a', [])].map(isPlace)).toEqual([true, true, false])
  })
}
