/** Several drivers as one: it closes all of them, and names whoever any of them would send to. */
import { describe, expect, it } from 'vitest'
import { failover } from '../../src/index.ts'
import { MemoryNotifier } from '../support/memory-notifier.ts'
import { NamingNotifier } from '../support/naming-notifier.ts'

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
  it.each([
    [
      'whoever any of them would send to, once',
      [new NamingNotifier('a', 'b'), new NamingNotifier('b', 'c')],
      ['a', 'b', 'c'],
    ],
    ['nobody where the first names nobody', [new NamingNotifier(), new NamingNotifier('a')], []],
    ['nobody where the last names nobody', [new NamingNotifier('a'), new NamingNotifier()], []],
  ])('are %s', (_, members, expected) => {
    const both = failover(...members)

    expect(both.recipients(both.parse({ to: 'x' }))).toEqual(expected)
  })
})
