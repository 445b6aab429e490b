/** SMS: Alibaba Cloud's own client, and our calls to Tencent Cloud, against fakes of their APIs. */
import {
  startFakeAliyun,
  startFakeTencent,
  type FakeAliyun,
  type FakeTencent,
} from '../../../src/channels/sms/fake.ts'
import { AliyunDriver, type AliyunReceipt } from '../../../src/channels/sms/aliyun-driver.ts'
import type { AliyunMessage } from '../../../src/channels/sms/aliyun-message.ts'
import { aliyun, tencent } from '../../../src/channels/sms/index.ts'
import { Attempt } from '../../../src/core/delivery.ts'
import type { FaultCase } from './case.ts'
import type { Where } from './far-ends.ts'
import { casesOf, originOf, stageLateAnswer, toCases, type Rig } from './rig.ts'

const message = { to: '+86 139-1234-5678', template: 'SMS_154950909', params: { code: '834271' } }

function configOf(fake: FakeAliyun, where?: Where, secret = fake.credentials.accessKeySecret) {
  const endpoint = where ? originOf(where) : fake.endpoint
  return { ...fake.credentials, accessKeySecret: secret, endpoint, signName: '阿里云短信测试' }
}

const WRONG_SECRET = 'NotTheSecret000'

const ALIYUN_CODES = [
  'isv.MOBILE_NUMBER_ILLEGAL',
  'isv.BUSINESS_LIMIT_CONTROL',
  'isv.AMOUNT_NOT_ENOUGH',
  'isv.SMS_CONTENT_ILLEGAL',
  'isv.SMS_SIGNATURE_ILLEGAL',
  'isv.CUSTOMER_REFUSED',
  'InvalidAccessKeyId.Inactive',
  'Throttling.User',
  'isp.SYSTEM_ERROR',
  'isp.NEVER_SEEN',
]

const gatewayPage = { status: 502, body: '<html>Bad Gateway</html>' }

const aliyunRig: Rig<FakeAliyun> = {
  channel: 'sms',
  start: () => startFakeAliyun(),
  drive: (fake, where) => aliyun(configOf(fake, where)),
  driveWithWrongSecret: (fake) => aliyun(configOf(fake, undefined, WRONG_SECRET)),
  message: () => message,
  invalid: () => ({ ...message, to: '1391234' }),
  speaksFirst: true,
  isTls: false,
  refusals: {
    ...Object.fromEntries(ALIYUN_CODES.map((code) => [code, (fake: FakeAliyun) => fake.refuseNext(code)])),
    'a gateway’s page, HTTP 502': (fake) => fake.answerNext(gatewayPage),
  },
}

/** Sends every message as `sendMany` does, in one call with a message to somebody else. */
class BatchingDriver extends AliyunDriver {
  override send(message: AliyunMessage, attempt: Attempt): Promise<AliyunReceipt> {
    const [own, others] = [attempt.id, `${attempt.id}-2`].map((id) => new Attempt({ id, isBulk: true }))
    if (!own || !others) throw new Error('There are two')
    attempt.onAbort((reason) => [own, others].forEach((one) => one.abort(reason)))
    const outcome = super.send(message, own)
    super.send(this.redirected(message, '13912345679'), others).catch(() => undefined)
    return outcome
  }
}

const OF_ONE = ['isv.MOBILE_NUMBER_ILLEGAL', 'isv.BUSINESS_LIMIT_CONTROL', 'isv.AMOUNT_NOT_ENOUGH']

const batchRig: Rig<FakeAliyun> = {
  ...aliyunRig,
  label: 'batch',
  drive: (fake, where) => new BatchingDriver(configOf(fake, where)),
  driveWithWrongSecret: (fake) => new BatchingDriver(configOf(fake, undefined, WRONG_SECRET)),
  refusals: {
    ...aliyunRig.refusals,
    ...Object.fromEntries(
      OF_ONE.map((code) => [
        `${code} of one, the other kept`,
        (fake: FakeAliyun) => fake.refuseNext(code, { keeps: 1 }),
      ]),
    ),
  },
}

const toTencent = { to: message.to, template: 'login', params: { code: '834271', minutes: 5 } }

function driveTencent(fake: FakeTencent, where?: Where, secretKey = fake.credentials.secretKey) {
  const endpoint = where ? originOf(where) : fake.endpoint
  const templates = { login: { id: '449739', params: ['code', 'minutes'] } }
  return tencent({ ...fake.credentials, secretKey, endpoint, templates, signName: '腾讯云' })
}

const TENCENT_CODES = [
  'InvalidParameterValue.IncorrectPhoneNumber',
  'FailedOperation.PhoneNumberInBlacklist',
  'LimitExceeded.PhoneNumberThirtySecondLimit',
  'LimitExceeded.AppDailyLimit',
  'LimitExceeded.NeverSeen',
  'FailedOperation.InsufficientBalanceInSmsPackage',
  'FailedOperation.ContainSensitiveWord',
  'FailedOperation.TemplateIncorrectOrUnapproved',
  'FailedOperation.SignatureIncorrectOrUnapproved',
  'FailedOperation.NeverSeen',
  'AuthFailure.SecretIdNotFound',
  'UnauthorizedOperation.SmsSdkAppIdVerifyFail',
  'RequestLimitExceeded',
  'InternalError.Timeout',
]

const tencentRig: Rig<FakeTencent> = {
  channel: 'sms',
  label: 'Tencent',
  start: () => startFakeTencent(),
  drive: driveTencent,
  driveWithWrongSecret: (fake) => driveTencent(fake, undefined, 'NotTheSecret000'),
  message: () => toTencent,
  invalid: () => ({ ...toTencent, to: '1391234' }),
  speaksFirst: true,
  isTls: false,
  refusals: {
    ...Object.fromEntries(TENCENT_CODES.map((code) => [code, (fake: FakeTencent) => fake.refuseNext(code)])),
    'a gateway’s page, HTTP 502': (fake) => fake.answerNext(gatewayPage),
    'Ok with HTTP 503': (fake) => fake.answerNext({ status: 503, body: yesOf('Ok') }),
    'a yes without a code': (fake) => fake.answerNext({ status: 200, body: yesOf('') }),
  },
}

const yesOf = (Code: string) => JSON.stringify({ Response: { SendStatusSet: [{ Code }], RequestId: 'r' } })

const portOf = ({ endpoint }: { readonly endpoint: string }) => Number(new URL(endpoint).port)

export const sms: readonly FaultCase[] = [
  ...casesOf(aliyunRig),
  ...toCases(aliyunRig, [
    [
      'answers after the deadline',
      () => stageLateAnswer(aliyunRig, portOf, (written) => written.includes('\r\n\r\n')),
    ],
  ]),
  ...casesOf(batchRig),
  ...toCases(batchRig, [
    [
      'answers after the deadline',
      () => stageLateAnswer(batchRig, portOf, (written) => written.includes('PhoneNumberJson')),
    ],
  ]),
  ...casesOf(tencentRig),
  ...toCases(tencentRig, [
    [
      'answers after the deadline',
      () => stageLateAnswer(tencentRig, portOf, (written) => written.includes('SessionContext')),
    ],
  ]),
]
