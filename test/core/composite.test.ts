/** Several drivers as one: it closes all of them, and names whoever any of them would send to. */
import { describe, expect, it } from 'vitest'
import { failover } from '../../src/index.ts'
import { MemoryNotifier } from '../support/memory-notifier.ts'

describe('closing several drivers', () => {
  it.each([
    [
      'throws',
      () => {
        throw new Error('stuck')
      },
    ],
    ['rejects', () => Promise.reject(new Error('stuck'))],
  ])('closes every other where one %s, and tells of it', async (_, close) => {
    const [before, broken, behind] = [new MemoryNotifier(), new MemoryNotifier(), new MemoryNotifier()]
    broken.close = close

    await expect(failover(before, broken, behind).close()).rejects.toThrow('stuck')

    expect([before.closed, behind.closed]).toEqual([[1], [1]])
  })

  it('closes one that stands there twice once', async () => {
    const memory = new MemoryNotifier()

    await failover(memory, memory).close()

    expect(memory.closed).toEqual([1])
  })
})

describe('the recipients of several drivers', () => {
  class To extends MemoryNotifier {
    readonly #named: readonly string[]

    constructor(...named: readonly string[]) {
      super()
      this.#named = named
    }

    override recipients(): readonly string[] {
      return this.#named
    }
  }

  it.each([
    ['whoever any of them would send to, once', [new To('a', 'b'), new To('b', 'c')], ['a', 'b', 'c']],
    ['nobody where the first names nobody', [new To(), new To('a')], []],
    ['nobody where the last names nobody', [new To('a'), new To()], []],
  ])('are %s', (_, members, expected) => {
    const both = failover(...members)

    expect(both.recipients(both.parse({ to: 'x' }))).toEqual(expected)
  })
})
