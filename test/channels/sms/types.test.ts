import { expect, expectTypeOf, it } from 'vitest'
import * as door from '../../../src/channels/sms/index.ts'
import { aliyun, type AliyunReceipt, type SmsMessageInput } from '../../../src/channels/sms/index.ts'
import { createNotify, type Notify } from '../../../src/facade/notify.ts'

const sms = aliyun({ accessKeyId: 'LTAI5tKeyId', accessKeySecret: 'TheSecret', signName: 'Acme' })
const notify = createNotify({ retry: false, breaker: false, idempotency: false, channels: { sms } })
type Send = Notify<{ sms: typeof sms }>['send']

it('a message that is wrong does not compile', () => {
  expectTypeOf<Parameters<Send>[1]>().toEqualTypeOf<SmsMessageInput>()
  const compileOnly = () => [
    notify.send('sms', { to: '13912345678', template: 'SMS_1' }),
    // @ts-expect-error the template is missing
    notify.send('sms', { to: '13912345678' }),
    // @ts-expect-error one recipient per send
    notify.send('sms', { to: ['13912345678'], template: 'SMS_1' }),
    // @ts-expect-error a misspelled field
    notify.send('sms', { to: '13912345678', template: 'SMS_1', parms: {} }),
    // @ts-expect-error a value that is no text
    notify.send('sms', { to: '13912345678', template: 'SMS_1', params: { code: { deep: 1 } } }),
  ]
  expectTypeOf(compileOnly).toBeFunction()
})

it('the receipt says what Aliyun gave', () => {
  const receiptOf = async () => {
    const result = await notify.send('sms', { to: '13912345678', template: 'SMS_1' })
    return result.status === 'sent' ? result.receipt : undefined
  }
  expectTypeOf(receiptOf).returns.resolves.toEqualTypeOf<AliyunReceipt | undefined>()
})

it('settings and messages that nobody may change are taken', () => {
  const templates = { login: { code: 'SMS_1', params: ['code'], kind: 'verification' } } as const
  const config = { accessKeyId: 'LTAI5tKeyId', accessKeySecret: 'TheSecret', templates } as const
  const message = { to: '13912345678', template: 'login', params: { code: '4821' } } as const

  expectTypeOf(config).toExtend<Parameters<typeof aliyun>[0]>()
  expectTypeOf(message).toExtend<SmsMessageInput>()
  expect(aliyun({ ...config, signName: 'Acme' }).parse(message)).toMatchObject({ templateCode: 'SMS_1' })
})

it('the door has the factories and the limits for values: the drivers are types', () => {
  expect(Object.keys(door)).toEqual(['aliyun', 'tencent', 'aliyunLimits', 'forTemplates'])
})
