/** The fake reads a call for many as strictly as Aliyun documents it. */
import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'
import { describe, expect, it } from 'vitest'
import { authorization } from '../../../src/channels/sms/acs3.ts'
import { startFakeAliyun, type FakeAliyun } from '../../../src/channels/sms/fake.ts'
import { numberOf } from './batch-support.ts'
import { SIGN, TEMPLATE } from './support.ts'

interface Sdk {
  readonly default: new (config: object) => {
    sendBatchSms(request: object): Promise<{ body: { code: string; message: string; bizId?: string } }>
  }
  readonly SendBatchSmsRequest: new (fields: object) => object
}

const sdk = createRequire(import.meta.url)('@alicloud/dysmsapi20170525') as Sdk

const listOf = (count: number, valueOf: (index: number) => unknown) =>
  JSON.stringify(Array.from({ length: count }, (_, index) => valueOf(index)))

const fieldsFor = (count: number) => ({
  phoneNumberJson: listOf(count, numberOf),
  signNameJson: listOf(count, () => SIGN),
  templateCode: TEMPLATE,
  templateParamJson: listOf(count, () => ({ code: '4821' })),
})

async function call({ endpoint, credentials }: FakeAliyun, fields: object) {
  const client = new sdk.default({ ...credentials, endpoint: new URL(endpoint).host, protocol: 'HTTP' })
  const { body } = await client.sendBatchSms(new sdk.SendBatchSmsRequest(fields))
  return body
}

describe('SendBatchSms', () => {
  it.each<[string, string, object]>([
    ['lists of unequal length', 'isv.INVALID_PARAMETERS', { signNameJson: listOf(2, () => SIGN) }],
    [
      'values for fewer than there are numbers',
      'isv.INVALID_PARAMETERS',
      { templateParamJson: '[{"code":"4821"}]' },
    ],
    [
      'extension codes for fewer than there are numbers',
      'isv.INVALID_PARAMETERS',
      { smsUpExtendCodeJson: '["1"]' },
    ],
    ['numbers that are no list', 'isv.INVALID_PARAMETERS', { phoneNumberJson: '13912345678' }],
    ['no numbers', 'isv.INVALID_PARAMETERS', { ...fieldsFor(0) }],
    ['signs that are no text', 'isv.INVALID_PARAMETERS', { signNameJson: '[1,2,3]' }],
    ['values that are no JSON', 'isv.INVALID_JSON_PARAM', { templateParamJson: '[{code:1}]' }],
    [
      'a value that is no text',
      'isv.INVALID_JSON_PARAM',
      { templateParamJson: listOf(3, () => ({ code: 4821 })) },
    ],
    ['101 numbers', 'isv.MOBILE_COUNT_OVER_LIMIT', fieldsFor(101)],
    [
      'numbers of the mainland and abroad',
      'isv.DOMESTIC_NUMBER_NOT_SUPPORTED',
      { phoneNumberJson: JSON.stringify([numberOf(1), '85251234567', numberOf(2)]) },
    ],
    [
      'one sign name that is not approved',
      'isv.SMS_SIGNATURE_ILLEGAL',
      { signNameJson: JSON.stringify([SIGN, 'Acme', SIGN]) },
    ],
    ['an unknown template', 'isv.SMS_TEMPLATE_ILLEGAL', { templateCode: 'SMS_9' }],
    [
      'one message without its value',
      'isv.TEMPLATE_MISSING_PARAMETERS',
      { templateParamJson: '[{"code":"4821"},{},{"code":"4823"}]' },
    ],
    [
      'nothing but wrong numbers',
      'isv.MOBILE_NUMBER_ILLEGAL',
      { phoneNumberJson: JSON.stringify(['1', '2', '3']) },
    ],
    ['an endless reference', 'isv.INVALID_PARAMETERS', { outId: 'x'.repeat(256) }],
  ])('refuses %s', async (_, code, fields) => {
    await using fake = await startFakeAliyun()

    const body = await call(fake, { ...fieldsFor(3), ...fields })

    expect(body.code).toBe(code)
    expect(body.bizId).toBeUndefined()
    expect(fake.accepted).toEqual([])
  })

  it.each(['phoneNumberJson', 'signNameJson', 'templateCode'])('refuses a call without %s', async (name) => {
    await using fake = await startFakeAliyun()

    const refused = call(fake, { ...fieldsFor(3), [name]: undefined })

    await expect(refused).rejects.toMatchObject({ code: expect.stringMatching(/^Missing/) as string })
    expect(fake.accepted).toEqual([])
  })

  it('takes 100 numbers, and makes one message of each under one BizId', async () => {
    await using fake = await startFakeAliyun()

    const { code, bizId } = await call(fake, fieldsFor(100))

    expect(code).toBe('OK')
    expect(fake.accepted.map(({ phoneNumber }) => phoneNumber)).toEqual(
      Array.from({ length: 100 }, (_, index) => numberOf(index)),
    )
    expect(new Set(fake.accepted.map((sms) => sms.bizId))).toEqual(new Set([bizId]))
  })

  it('lets a wrong number fail alone', async () => {
    await using fake = await startFakeAliyun()

    const { code } = await call(fake, {
      ...fieldsFor(3),
      phoneNumberJson: JSON.stringify([numberOf(1), '123', numberOf(3)]),
    })

    expect(code).toBe('OK')
    expect(fake.accepted.map(({ phoneNumber }) => phoneNumber)).toEqual([numberOf(1), numberOf(3)])
  })

  it('keeps as many as a test says of a call that it refuses', async () => {
    await using fake = await startFakeAliyun()
    fake.refuseNext('isv.CUSTOMER_REFUSED', { keeps: 2 })

    const { code } = await call(fake, fieldsFor(3))

    expect(code).toBe('isv.CUSTOMER_REFUSED')
    expect(fake.accepted).toHaveLength(2)
  })

  it.each([
    ['the one that was signed', 'TemplateCode=SMS_154950909', 'MissingPhoneNumberJson'],
    ['another', 'TemplateCode=SMS_1', 'SignatureDoesNotMatch'],
  ])('is read only where its body is signed: %s', async (_, body, code) => {
    await using fake = await startFakeAliyun()
    const headers = {
      host: new URL(fake.endpoint).host,
      'content-type': 'application/x-www-form-urlencoded',
      'x-acs-action': 'SendBatchSms',
      'x-acs-version': '2017-05-25',
      'x-acs-date': new Date().toISOString().replace(/\.\d+/, ''),
      'x-acs-signature-nonce': 'once',
      'x-acs-content-sha256': createHash('sha256').update('TemplateCode=SMS_154950909').digest('hex'),
    }
    const request = { method: 'POST', pathname: '/', query: {}, headers }
    const signed = { ...headers, authorization: authorization(request, fake.credentials) }

    const response = await fetch(fake.endpoint, { method: 'POST', headers: signed, body })

    expect(await response.json()).toMatchObject({ Code: code })
  })
})
