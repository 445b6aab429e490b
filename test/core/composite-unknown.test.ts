import { expect, it } from 'vitest'
import { failover } from '../../src/index.ts'
import { MemoryNotifier } from '../support/memory-notifier.ts'

class Repeatable extends MemoryNotifier {
  override readonly onUnknown = 'retry'
}

it('makes a second message only where every provider of the channel may', () => {
  expect(failover(new Repeatable(), new Repeatable()).onUnknown).toBe('retry')
  expect(failover(new Repeatable(), new MemoryNotifier()).onUnknown).toBe('hold')
})
