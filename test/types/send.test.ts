import { describe, expectTypeOf, it } from 'vitest'
import { createNotify, type NotifyError, type SendResult, type SkipReason } from '../../src/index.ts'
import { MemoryNotifier, type MemoryReceipt } from '../support/memory-notifier.ts'

const notify = createNotify({ channels: { memory: new MemoryNotifier() } })

describe('the compiler', () => {
  it('knows the channels by name', () => {
    expectTypeOf<Parameters<typeof notify.send>[0]>().toEqualTypeOf<'memory'>()
  })

  it('refuses wrong channels, missing, extra and mistyped fields', () => {
    const wrong = () => [
      // @ts-expect-error no such channel
      notify.send('emial', { to: 'a' }),
      // @ts-expect-error `to` is missing
      notify.send('memory', {}),
      // @ts-expect-error `colour` is not a field
      notify.send('memory', { to: 'a', colour: 'red' }),
      // @ts-expect-error `to` is a string
      notify.send('memory', { to: 1 }),
      // @ts-expect-error no such option
      notify.send('memory', { to: 'a' }, { retries: 3 }),
    ]
    expectTypeOf(wrong).toBeFunction()
  })

  it('refuses what is no driver', () => {
    // @ts-expect-error a channel is a Notifier
    const wrong = () => createNotify({ channels: { memory: {} } })
    expectTypeOf(wrong).toBeFunction()
  })

  it('gives each channel’s own receipt on sent, and the error on failed only', () => {
    expectTypeOf(notify.send('memory', { to: 'a' })).resolves.toEqualTypeOf<SendResult<MemoryReceipt>>()
    const read = (result: SendResult<MemoryReceipt>) =>
      result.status === 'sent' ? result.receipt.at : result.status === 'failed' ? result.error : result.reason
    expectTypeOf(read).returns.toEqualTypeOf<number | NotifyError | SkipReason>()
  })
})
