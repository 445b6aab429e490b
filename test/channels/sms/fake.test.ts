import { request } from 'node:http'
import { describe, expect, it } from 'vitest'
import { authorization, canonicalQuery, EMPTY_BODY_SHA256 } from '../../../src/channels/sms/acs3.ts'
import { startFakeAliyun, type FakeAliyun } from '../../../src/channels/sms/fake.ts'
import { CODE, PHONE, SIGN, TEMPLATE } from './support.ts'

const QUERY = {
  PhoneNumbers: PHONE,
  SignName: SIGN,
  TemplateCode: TEMPLATE,
  TemplateParam: JSON.stringify({ code: CODE }),
}
type Headers = Record<string, string | undefined>

interface Call {
  readonly query?: Record<string, string | undefined>
  /** Before signing. */
  readonly headers?: Headers
  /** After signing. */
  readonly tampered?: Headers
  readonly target?: string
}

let nonce = 0

/** A request as a client of its own would make it, right in everything but what the test says. */
async function call(fake: FakeAliyun, { query = {}, headers = {}, tampered = {}, target }: Call = {}) {
  const { host } = new URL(fake.endpoint)
  const common = {
    host,
    'x-acs-action': 'SendSms',
    'x-acs-version': '2017-05-25',
    'x-acs-date': new Date().toISOString().replace(/\.\d+/, ''),
    'x-acs-signature-nonce': `nonce-${(nonce += 1)}`,
    'x-acs-content-sha256': EMPTY_BODY_SHA256,
  }
  const signed = defined({ ...common, ...headers })
  const fields = defined({ ...QUERY, ...query })
  const signature = authorization(
    { method: 'POST', pathname: '/', query: fields, headers: signed },
    fake.credentials,
  )
  const all = defined({ ...signed, authorization: signature, ...tampered })
  return post(fake.endpoint + (target ?? `/?${canonicalQuery(fields)}`), all)
}

function defined(record: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(record).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}

function post(
  url: string,
  headers: Record<string, string>,
): Promise<{ status: number; body: Record<string, unknown> }> {
  return new Promise((resolve, reject) => {
    const sending = request(url, { method: 'POST', headers, agent: false }, (response) => {
      let text = ''
      response.on('data', (chunk: Buffer) => (text += chunk.toString()))
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as Record<string, unknown> })
      })
    })
    sending.on('error', reject)
    sending.end()
  })
}

const minutesAgo = (minutes: number) =>
  new Date(Date.now() - minutes * 60_000).toISOString().replace(/\.\d+/, '')

describe('the gateway', () => {
  it.each<[string, number, string, Call]>([
    ['without a signature', 400, 'IncompleteSignature', { tampered: { authorization: undefined } }],
    ['with another scheme', 400, 'IncompleteSignature', { tampered: { authorization: 'Bearer x' } }],
    ['with an unsigned header of Aliyun’s', 400, 'IncompleteSignature', { tampered: { 'x-acs-more': '1' } }],
    [
      'with a changed header',
      400,
      'SignatureDoesNotMatch',
      { tampered: { 'x-acs-action': 'QuerySmsTemplateList' } },
    ],
    ['with a changed query', 400, 'SignatureDoesNotMatch', { target: '/?PhoneNumbers=13800000000' }],
    ['with another path', 400, 'SignatureDoesNotMatch', { target: '/other' }],
    [
      'with the hash of another body',
      400,
      'SignatureDoesNotMatch',
      { headers: { 'x-acs-content-sha256': 'ab' } },
    ],
    ['without a nonce', 400, 'MissingParameter', { headers: { 'x-acs-signature-nonce': undefined } }],
    ['without an operation', 400, 'MissingParameter', { headers: { 'x-acs-action': undefined } }],
    ['of 16 minutes ago', 400, 'InvalidTimeStamp.Expired', { headers: { 'x-acs-date': minutesAgo(16) } }],
    ['of 16 minutes ahead', 400, 'InvalidTimeStamp.Expired', { headers: { 'x-acs-date': minutesAgo(-16) } }],
    ['with a date of its own', 400, 'InvalidTimeStamp.Format', { headers: { 'x-acs-date': 'today' } }],
    ['of another version', 400, 'InvalidVersion', { headers: { 'x-acs-version': '2014-05-26' } }],
    ['of another operation', 404, 'InvalidAction.NotFound', { headers: { 'x-acs-action': 'SendFax' } }],
  ])('refuses a call %s', async (_, status, code, wrong) => {
    await using fake = await startFakeAliyun()

    const reply = await call(fake, wrong)

    expect(reply).toMatchObject({ status, body: { Code: code, HostId: 'dysmsapi.aliyuncs.com' } })
    expect(Object.keys(reply.body).sort()).toEqual(['Code', 'HostId', 'Message', 'Recommend', 'RequestId'])
    expect(fake.accepted).toEqual([])
  })

  it('refuses the same call twice', async () => {
    await using fake = await startFakeAliyun()
    const again = { headers: { 'x-acs-signature-nonce': 'once' } }

    expect((await call(fake, again)).body['Code']).toBe('OK')
    expect((await call(fake, again)).body['Code']).toBe('SignatureNonceUsed')
    expect(fake.accepted).toHaveLength(1)
  })
})

describe('SendSms', () => {
  it.each<[string, number, string, Record<string, string | undefined>]>([
    ['no number', 400, 'MissingPhoneNumbers', { PhoneNumbers: undefined }],
    ['no sign name', 400, 'MissingSignName', { SignName: undefined }],
    ['no template', 400, 'MissingTemplateCode', { TemplateCode: undefined }],
    ['a wrong number', 200, 'isv.MOBILE_NUMBER_ILLEGAL', { PhoneNumbers: '123' }],
    [
      '1,001 numbers',
      200,
      'isv.MOBILE_COUNT_OVER_LIMIT',
      { PhoneNumbers: Array(1001).fill(PHONE).join(',') },
    ],
    ['an unknown sign name', 200, 'isv.SMS_SIGNATURE_ILLEGAL', { SignName: 'Acme' }],
    ['an unknown template', 200, 'isv.SMS_TEMPLATE_ILLEGAL', { TemplateCode: 'SMS_1' }],
    ['values that are no JSON', 200, 'isv.INVALID_JSON_PARAM', { TemplateParam: '{code:1}' }],
    ['values that are no text', 200, 'isv.INVALID_JSON_PARAM', { TemplateParam: '{"code":123456}' }],
    ['a missing value', 200, 'isv.TEMPLATE_MISSING_PARAMETERS', { TemplateParam: undefined }],
    ['a URL', 200, 'isv.PARAM_NOT_SUPPORT_URL', { TemplateParam: '{"code":"http://a.example"}' }],
    ['a code of 7 digits', 200, 'isv.TEMPLATE_PARAMS_ILLEGAL', { TemplateParam: '{"code":"1234567"}' }],
    ['an endless reference', 200, 'isv.INVALID_PARAMETERS', { OutId: 'x'.repeat(256) }],
  ])('refuses %s', async (_, status, code, query) => {
    await using fake = await startFakeAliyun()

    const reply = await call(fake, { query })

    expect(reply).toMatchObject({ status, body: { Code: code } })
    expect(fake.accepted).toEqual([])
  })

  it('answers in the documented shape, and makes one message per number', async () => {
    await using fake = await startFakeAliyun()

    const { body } = await call(fake, { query: { PhoneNumbers: `${PHONE},+8613800000000` } })

    expect(Object.keys(body).sort()).toEqual(['BizId', 'Code', 'Message', 'RequestId'])
    expect(fake.accepted.map(({ phoneNumber, bizId }) => [phoneNumber, bizId])).toEqual([
      [PHONE, body['BizId']],
      ['+8613800000000', body['BizId']],
    ])
  })
})

it('closes twice, with a call still waiting', async () => {
  const fake = await startFakeAliyun()
  const stalled = fake.failNext('stall')
  const waiting = call(fake).catch((error: unknown) => error)

  await stalled
  await fake.close()
  await fake.close()

  expect(await waiting).toBeInstanceOf(Error)
})
