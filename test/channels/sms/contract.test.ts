/** The Aliyun driver keeps every promise a driver makes. */
import { describe, it } from 'vitest'
import { startFakeAliyun } from '../../../src/channels/sms/fake.ts'
import { aliyun } from '../../../src/channels/sms/index.ts'
import { describeNotifier } from '../../../src/testing/notifier-contract.ts'

const valid = { to: '+86 139-1234-5678', template: 'SMS_154950909', params: { code: '834271' } }
const signName = '阿里云短信测试'

describeNotifier(
  'aliyun',
  {
    startFake: () => startFakeAliyun(),
    create: (fake, clock) => aliyun({ ...fake.credentials, endpoint: fake.endpoint, signName }, { clock }),
    createUnauthorized: (fake, clock) =>
      aliyun(
        { ...fake.credentials, accessKeySecret: 'NotTheSecret000', endpoint: fake.endpoint, signName },
        { clock },
      ),
    valid: () => valid,
    invalid: {
      'a landline': { ...valid, to: '+86 10 8888 7777' },
      'a number that is too short': { ...valid, to: '1391234' },
      'two numbers': { ...valid, to: '13912345678,13912345679' },
      'a list of numbers': { ...valid, to: ['13912345678'] },
      'a URL as a value': { ...valid, params: { code: 'https://evil.example/x' } },
      'an unknown template alias': { ...valid, template: 'welcome' },
      'a misspelled field': { ...valid, parms: {} },
    },
    secrets: (fake) => [
      ...Object.values(fake.credentials).filter((value): value is string => typeof value === 'string'),
      valid.to,
      '13912345678',
      valid.params.code,
    ],
    refusals: {
      'an invalid number': {
        arrange: (fake) =>
          fake.refuseNext('isv.MOBILE_NUMBER_ILLEGAL', { message: '13912345678手机号码格式错误' }),
        code: 'RECIPIENT_REJECTED',
        delivery: 'not_sent',
      },
      'a frequency limit': {
        arrange: (fake) => fake.refuseNext('isv.BUSINESS_LIMIT_CONTROL'),
        code: 'RATE_LIMITED',
        delivery: 'not_sent',
      },
      'an empty balance': {
        arrange: (fake) => fake.refuseNext('isv.AMOUNT_NOT_ENOUGH'),
        code: 'QUOTA_EXHAUSTED',
        delivery: 'not_sent',
      },
      'forbidden content': {
        arrange: (fake) => fake.refuseNext('isv.SMS_CONTENT_ILLEGAL', { message: '短信内容834271非法' }),
        code: 'CONTENT_REJECTED',
        delivery: 'not_sent',
      },
      'an unknown sign name': {
        arrange: (fake) => fake.refuseNext('isv.SMS_SIGNATURE_ILLEGAL'),
        code: 'INVALID_CONFIG',
        delivery: 'not_sent',
      },
      'a disabled key': {
        arrange: (fake) => fake.refuseNext('InvalidAccessKeyId.Inactive'),
        code: 'UNAUTHORIZED',
        delivery: 'not_sent',
      },
      'a failure that may have come after acceptance': {
        arrange: (fake) => fake.refuseNext('isp.SYSTEM_ERROR'),
        code: 'UNAVAILABLE',
        delivery: 'unknown',
      },
      'a code it does not know': {
        arrange: (fake) => fake.refuseNext('isp.NEVER_SEEN'),
        code: 'DRIVER_FAILED',
        delivery: 'unknown',
      },
    },
    faults: {
      unreachable: { code: 'UNAVAILABLE', delivery: 'not_sent' },
      stall: { code: 'TIMED_OUT', delivery: 'unknown' },
      reset: { code: 'UNAVAILABLE', delivery: 'unknown' },
      stall_accepted: { code: 'TIMED_OUT', delivery: 'unknown' },
      reset_accepted: { code: 'UNAVAILABLE', delivery: 'unknown' },
      garbage: { code: 'DRIVER_FAILED', delivery: 'unknown' },
    },
  },
  { describe, it },
)
