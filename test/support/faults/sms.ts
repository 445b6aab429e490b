/** SMS: Alibaba Cloud's own client against a fake of its API. */
import { startFakeAliyun, type FakeAliyun } from '../../../src/channels/sms/fake.ts'
import { aliyun } from '../../../src/channels/sms/index.ts'
import type { FaultCase } from './case.ts'
import { startLateLine, type Where } from './far-ends.ts'
import { casesOf, originOf, staged, type Rig } from './rig.ts'

const message = { to: '+86 139-1234-5678', template: 'SMS_154950909', params: { code: '834271' } }

function drive(fake: FakeAliyun, where?: Where, secret = fake.credentials.accessKeySecret) {
  const endpoint = where ? originOf(where) : fake.endpoint
  return aliyun({ ...fake.credentials, accessKeySecret: secret, endpoint, signName: '阿里云短信测试' })
}

const CODES = [
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

const rig: Rig<FakeAliyun> = {
  channel: 'sms',
  start: () => startFakeAliyun(),
  drive,
  driveWithWrongSecret: (fake) => drive(fake, undefined, 'NotTheSecret000'),
  message: () => message,
  invalid: () => ({ ...message, to: '1391234' }),
  speaksFirst: true,
  isTls: false,
  isPersistent: false,
  refusals: {
    ...Object.fromEntries(CODES.map((code) => [code, (fake: FakeAliyun) => fake.refuseNext(code)])),
    'a gateway’s page, HTTP 502': (fake) =>
      fake.answerNext({ status: 502, body: '<html>Bad Gateway</html>' }),
  },
}

async function stageLateAnswer() {
  const fake = await rig.start()
  const line = await startLateLine(Number(new URL(fake.endpoint).port), (written) =>
    written.includes('\r\n\r\n'),
  )
  const ending = () => ({ after: line.reached, by: 'deadline' as const })
  return staged({ ...rig, start: () => Promise.resolve(fake) }, { farEnd: line, ending })
}

export const sms: readonly FaultCase[] = [
  ...casesOf(rig),
  { channel: 'sms', fault: 'answers after the deadline', stage: stageLateAnswer },
]
