/** Whom a text message is for, to whom it may go instead, and what would be sent. */
import { describe, expect, it } from 'vitest'
import { startFakeAliyun, startFakeTencent } from '../../../src/channels/sms/fake.ts'
import { aliyun, tencent } from '../../../src/channels/sms/index.ts'
import { Attempt } from '../../../src/core/delivery.ts'
import { NotifyError } from '../../../src/core/errors.ts'
import { findSecrets } from '../../../src/testing/find-secrets.ts'
import { CODE, SIGN, TEMPLATE } from './support.ts'

const KEYS = {
  accessKeyId: 'LTAI5tSomeKey',
  accessKeySecret: 'TheSecretOfThatKey',
  endpoint: 'http://127.0.0.1:9',
}
const ABROAD = { code: 'SMS_2', region: 'international' } as const
const ali = aliyun({ ...KEYS, signName: SIGN, templates: { abroad: ABROAD } })
const TENCENT = {
  secretId: 'AKIDsomeSecretId',
  secretKey: 'TheSecretOfThatId',
  smsSdkAppId: '1400006666',
  templates: { login: { id: '449739', params: ['code', 'minutes'] } },
  endpoint: 'http://127.0.0.1:9',
}
const ten = tencent({ ...TENCENT, signName: '腾讯云' })

const toAliyun = (to: string, template = TEMPLATE) => ({ to, template, params: { code: CODE } })
const toTencent = (to: string) => ({ to, template: 'login', params: { code: CODE, minutes: 5 } })

function refusalOf(work: () => unknown): NotifyError {
  try {
    work()
  } catch (cause) {
    if (NotifyError.isNotifyError(cause)) return cause
  }
  throw new Error('It was not refused')
}

describe('the recipient', () => {
  it.each([
    ['13800138000', '+8613800138000'],
    ['+86 138-0013-8000', '+8613800138000'],
    ['008613800138000', '+8613800138000'],
    ['+85251234567', '+85251234567'],
    ['00852 5123 4567', '+85251234567'],
  ])('of a message to %s is %s, as a caller would list it', (written, listed) => {
    expect(ali.recipients(ali.parse(toAliyun(written)))).toEqual([listed])
    expect(ten.recipients(ten.parse(toTencent(written)))).toEqual([listed])
  })
})

describe('a redirected message', () => {
  it('goes to the other number and is the same otherwise', async () => {
    await using fake = await startFakeAliyun()
    const driver = aliyun({ ...fake.credentials, endpoint: fake.endpoint, signName: SIGN })

    const message = driver.redirected(driver.parse(toAliyun('13800138000')), '+86 139 1234 5678')
    await driver.send(message, new Attempt({ id: 'd-1' }))
    await driver.close()

    expect(driver.recipients(message)).toEqual(['+8613912345678'])
    expect(fake.accepted).toMatchObject([{ phoneNumber: '13912345678', templateParam: { code: CODE } }])
  })

  it('goes to the other number through Tencent too', async () => {
    await using fake = await startFakeTencent()
    const { templates } = TENCENT
    const driver = tencent({ ...fake.credentials, endpoint: fake.endpoint, signName: '腾讯云', templates })

    const message = driver.redirected(driver.parse(toTencent('13800138000')), '13912345678')
    await driver.send(message, new Attempt({ id: 'd-1' }))
    await driver.close()

    expect(fake.accepted).toMatchObject([{ phoneNumber: '+8613912345678', templateParamSet: [CODE, '5'] }])
  })

  it.each(['1391234', 'ops@example.com', '', '13912345678,13912345679'])(
    'is refused where the other address, %j, is no phone number, and does not quote it',
    (to) => {
      const refusals = [
        refusalOf(() => ali.redirected(ali.parse(toAliyun('13800138000')), to)),
        refusalOf(() => ten.redirected(ten.parse(toTencent('13800138000')), to)),
      ]

      for (const error of refusals) {
        expect(error).toMatchObject({ code: 'INVALID_MESSAGE', issues: [{ path: 'guard.redirectTo' }] })
        if (to !== '') expect(error.message).not.toContain(to)
      }
    },
  )

  it('never goes to a mainland stranger whose number an American one becomes without its plus', () => {
    const error = refusalOf(() => ali.redirected(ali.parse(toAliyun('13800138000')), '+14155550100'))

    expect(error.issues).toEqual([
      { path: 'guard.redirectTo', message: expect.stringContaining('international') as string },
    ])
  })

  it('keeps to the region of its template', () => {
    const message = ali.parse({ to: '+85251234567', template: 'abroad' })

    expect(refusalOf(() => ali.redirected(message, '13912345678')).code).toBe('INVALID_MESSAGE')
    expect(ali.recipients(ali.redirected(message, '+85257654321'))).toEqual(['+85257654321'])
  })

  it('needs a sign name to go to a mainland number', () => {
    const driver = tencent(TENCENT)
    const message = driver.parse(toTencent('+85251234567'))

    expect(refusalOf(() => driver.redirected(message, '13912345678')).message).toContain('sign name')
  })
})

describe('what would be sent', () => {
  it('are the parameters that Aliyun then receives, without keys or signature', async () => {
    await using fake = await startFakeAliyun()
    const driver = aliyun({ ...fake.credentials, endpoint: fake.endpoint, signName: SIGN })
    const message = driver.parse({ ...toAliyun('13800138000'), smsUpExtendCode: '90999' })
    const attempt = new Attempt({ id: 'd-1', idempotencyKey: 'order-42' })

    const preview = await driver.render(message, attempt)
    expect(fake.connectionsMade).toBe(0)
    await driver.send(message, attempt)
    await driver.close()

    const [sms] = fake.accepted
    expect(preview).toEqual({
      action: 'SendSms',
      params: {
        PhoneNumbers: sms?.phoneNumber,
        SignName: sms?.signName,
        TemplateCode: sms?.templateCode,
        TemplateParam: JSON.stringify(sms?.templateParam),
        OutId: sms?.outId,
        SmsUpExtendCode: '90999',
      },
    })
    expect(findSecrets(preview, Object.values(fake.credentials))).toEqual([])
  })

  it('are the parameters that Tencent then receives, without keys or signature', async () => {
    await using fake = await startFakeTencent()
    const { templates } = TENCENT
    const driver = tencent({ ...fake.credentials, endpoint: fake.endpoint, signName: '腾讯云', templates })
    const message = driver.parse(toTencent('13800138000'))
    const attempt = new Attempt({ id: 'd-1' })

    const preview = await driver.render(message, attempt)
    expect(fake.connections).toBe(0)
    await driver.send(message, attempt)
    await driver.close()

    const [sms] = fake.accepted
    expect(preview).toEqual({
      action: 'SendSms',
      params: {
        PhoneNumberSet: [sms?.phoneNumber],
        SmsSdkAppId: fake.credentials.smsSdkAppId,
        SignName: sms?.signName,
        TemplateId: sms?.templateId,
        TemplateParamSet: sms?.templateParamSet,
        SessionContext: 'd-1',
      },
    })
    expect(findSecrets(preview, [fake.credentials.secretId, fake.credentials.secretKey])).toEqual([])
  })
})
