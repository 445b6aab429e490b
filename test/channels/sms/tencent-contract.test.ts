/** The Tencent driver keeps every promise a driver makes. */
import { describe, it } from 'vitest'
import { startFakeTencent } from '../../../src/channels/sms/fake.ts'
import { tencent } from '../../../src/channels/sms/index.ts'
import { describeNotifier } from '../../../src/testing/notifier-contract.ts'

const valid = { to: '+86 139-1234-5678', template: 'login', params: { code: '834271', minutes: 5 } }
const settings = { signName: '腾讯云', templates: { login: { id: '449739', params: ['code', 'minutes'] } } }

describeNotifier(
  'tencent',
  {
    startFake: () => startFakeTencent(),
    create: (fake, clock) =>
      tencent({ ...fake.credentials, endpoint: fake.endpoint, ...settings }, { clock }),
    createUnauthorized: (fake, clock) =>
      tencent(
        { ...fake.credentials, secretKey: 'NotTheSecret000', endpoint: fake.endpoint, ...settings },
        { clock },
      ),
    valid: () => valid,
    invalid: {
      'a landline': { ...valid, to: '+86 10 8888 7777' },
      'two numbers': { ...valid, to: '13912345678,13912345679' },
      'a URL as a value': { ...valid, params: { code: 'https://evil.example/x', minutes: 5 } },
      'an unknown template alias': { ...valid, template: 'welcome' },
      'a missing value': { ...valid, params: { code: '834271' } },
      'a value too many': { ...valid, params: { ...valid.params, name: 'Ann' } },
      'a misspelled field': { ...valid, parms: {} },
    },
    secrets: (fake) => [
      fake.credentials.secretId,
      fake.credentials.secretKey,
      valid.to,
      '13912345678',
      valid.params.code,
    ],
    refusals: {
      'an invalid number': {
        arrange: (fake) =>
          fake.refuseNext('InvalidParameterValue.IncorrectPhoneNumber', {
            message: '+8613912345678 is wrong',
          }),
        code: 'RECIPIENT_REJECTED',
        delivery: 'not_sent',
      },
      'a frequency limit': {
        arrange: (fake) => fake.refuseNext('LimitExceeded.PhoneNumberThirtySecondLimit'),
        code: 'RATE_LIMITED',
        delivery: 'not_sent',
      },
      'an empty package': {
        arrange: (fake) => fake.refuseNext('FailedOperation.InsufficientBalanceInSmsPackage'),
        code: 'QUOTA_EXHAUSTED',
        delivery: 'not_sent',
      },
      'a forbidden word': {
        arrange: (fake) => fake.refuseNext('FailedOperation.ContainSensitiveWord', { message: '834271' }),
        code: 'CONTENT_REJECTED',
        delivery: 'not_sent',
      },
      'a disabled application': {
        arrange: (fake) => fake.refuseNext('UnauthorizedOperation.SdkAppIdIsDisabled'),
        code: 'UNAUTHORIZED',
        delivery: 'not_sent',
      },
      'a failure that may have come after acceptance': {
        arrange: (fake) => fake.refuseNext('InternalError.Timeout'),
        code: 'UNAVAILABLE',
        delivery: 'unknown',
      },
      'a code it does not know': {
        arrange: (fake) => fake.refuseNext('FailedOperation.NeverSeen'),
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
