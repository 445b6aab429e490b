import { describe, expect, expectTypeOf, it } from 'vitest'
import type { AliyunDriver } from '../../src/channels/sms/aliyun-driver.ts'
import { aliyun, tencent } from '../../src/channels/sms/index.ts'
import { failover, type Notify } from '../../src/index.ts'
import {
  fakeNotify,
  notiwireMatchers,
  type Captured,
  type FakeNotify,
  type NotiwireMatchers,
} from '../../src/testing/index.ts'
import '../../src/testing/vitest.ts'
import { MemoryNotifier } from '../support/memory-notifier.ts'

const templates = { code: { code: 'SMS_1', params: ['code'] } }
const sms = aliyun({ accessKeyId: 'id', accessKeySecret: 'secret', signName: '示例商城', templates })
const second = tencent({
  ...{ secretId: 'id', secretKey: 'key', smsSdkAppId: '1400000000', signName: '示例商城' },
  templates: { code: { id: '1', params: ['code'] } },
})
const notify = fakeNotify({ channels: { memory: new MemoryNotifier(), sms, both: failover(sms, second) } })

describe('the compiler, in a test', () => {
  it('takes the fake wherever the app takes a Notify', () => {
    expectTypeOf(notify).toExtend<Notify<{ memory: MemoryNotifier }>>()
  })

  it('refuses wrong channels, fields and failures', () => {
    const wrong = () => [
      // @ts-expect-error no such channel
      expect(notify).toHaveSent('emial'),
      // @ts-expect-error no such channel
      expect(notify).not.toHaveSentTimes('emial', 1),
      // @ts-expect-error `too` is not a field
      expect(notify).toHaveSent('memory', { too: 'ann' }),
      // @ts-expect-error `to` is a string
      expect(notify).toHaveSent('memory', { to: 1 }),
      // @ts-expect-error the number of times is missing
      expect(notify).toHaveSentTimes('memory', { to: 'ann' }),
      // @ts-expect-error no such channel
      notify.sent('emial'),
      // @ts-expect-error no such failure
      notify.failNext('memory', 'weather'),
    ]
    expectTypeOf(wrong).toBeFunction()
  })

  it('takes fields in both forms, in part, with asymmetric matchers as jest and as vitest types them', () => {
    const like: { asymmetricMatch(other: unknown): boolean } = { asymmetricMatch: () => true }
    const right = () => [
      expect(notify).toHaveSent('memory', { text: 'hello' }),
      expect(notify).toHaveSent('sms', { to: like, phone: { digits: like } }),
      expect(notify).toHaveSent('sms', like),
      expect(notify).toHaveSent('sms', { to: expect.anything() as unknown as string }),
      expect(notify).toHaveSent('both', { template: 'code', params: { code: '1' } }),
    ]
    expectTypeOf(right).toBeFunction()
  })

  it('knows what was captured, on one channel and by the channel’s name', () => {
    expectTypeOf(notify.sent('sms')).toEqualTypeOf<readonly Captured<'sms', AliyunDriver>[]>()
    const read = () =>
      notify.sent().map((one) => (one.channel === 'memory' ? one.message.to : one.rendered.action))
    expectTypeOf(read).returns.toEqualTypeOf<string[]>()
    const byProvider = () => notify.sent('both').map(({ rendered }) => rendered.action)
    expectTypeOf(byProvider).returns.items.toBeString()
  })

  it('takes any field where the channels are not known', () => {
    const check = (any: FakeNotify<Record<string, MemoryNotifier>> | Notify<never>) =>
      expect(any as unknown).toHaveSent('memory', { whatever: 1 })
    expectTypeOf(check).toBeFunction()
  })

  it('gives the matchers to any expect, typed by what it returns', () => {
    expectTypeOf(notiwireMatchers).toHaveProperty('toHaveSent')
    expectTypeOf<
      NotiwireMatchers<Promise<void>, typeof notify>['toHaveSentNothing']
    >().returns.resolves.toBeVoid()
  })
})
