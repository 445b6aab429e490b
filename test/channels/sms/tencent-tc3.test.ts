import fc from 'fast-check'
import { expect, it } from 'vitest'
import { FakeTencentGateway } from '../../../src/channels/sms/tencent-fake-gateway.ts'
import { CONTENT_TYPE, tc3Authorization } from '../../../src/channels/sms/tencent-tc3.ts'
import { FakeClock } from '../../../src/testing/fake-clock.ts'

/** The worked example of Tencent Cloud's own specification, whose keys are printed with asterisks and signed so. */
const STARS = '*'.repeat(32)
const KEYS = { secretId: `AKID${STARS}`, secretKey: STARS }
const BODY = '{"Limit": 1, "Filters": [{"Values": ["\\u672a\\u547d\\u540d"], "Name": "instance-name"}]}'
const EXAMPLE = {
  host: 'cvm.tencentcloudapi.com',
  action: 'DescribeInstances',
  service: 'cvm',
  body: BODY,
  timestamp: 1_551_113_065,
}
const EXPECTED =
  `TC3-HMAC-SHA256 Credential=AKID${STARS}/2019-02-25/cvm/tc3_request, ` +
  'SignedHeaders=content-type;host;x-tc-action, ' +
  'Signature=10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f'

function received(authorization: string, body = BODY) {
  const headers = {
    authorization,
    host: EXAMPLE.host,
    'content-type': CONTENT_TYPE,
    'x-tc-action': EXAMPLE.action,
    'x-tc-version': '2017-03-12',
    'x-tc-timestamp': String(EXAMPLE.timestamp),
    'x-tc-region': 'ap-guangzhou',
  }
  return { method: 'POST', target: '/', headers, body: Buffer.from(body) }
}

const gatewayAt = (seconds: number) => new FakeTencentGateway(KEYS, 'cvm', new FakeClock(seconds * 1000))

it('signs the official example as the official result', () => {
  expect(tc3Authorization(EXAMPLE, KEYS)).toBe(EXPECTED)
})

it('the fake lets the official example through, and nothing that was changed', () => {
  const gateway = gatewayAt(EXAMPLE.timestamp)

  expect(gateway.refuse(received(EXPECTED))).toBeUndefined()
  expect(gateway.refuse(received(EXPECTED, `${BODY} `))).toBe('AuthFailure.SignatureFailure')
  expect(gateway.refuse(received(EXPECTED.replace('2019-02-25', '2019-02-26')))).toBe(
    'AuthFailure.SignatureFailure',
  )
  expect(gateway.refuse(received(EXPECTED.replace('/cvm/', '/sms/')))).toBe('AuthFailure.SignatureFailure')
  expect(gateway.refuse(received(EXPECTED.replace('AKID', 'AKIE')))).toBe('AuthFailure.SecretIdNotFound')
  expect(gateway.refuse(received('Basic x'))).toBe('AuthFailure.InvalidAuthorization')
})

it.each([
  [-301, 'AuthFailure.SignatureExpire'],
  [-300, undefined],
  [300, undefined],
  [301, 'AuthFailure.SignatureExpire'],
])('the fake’s clock being %i seconds off is %s', (seconds, code) => {
  expect(gatewayAt(EXAMPLE.timestamp + seconds).refuse(received(EXPECTED))).toBe(code)
})

it('agrees with the fake’s own reading of the specification on any body', () => {
  const gateway = gatewayAt(EXAMPLE.timestamp)
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const body = JSON.stringify({ text: text.toWellFormed() })

      expect(gateway.refuse(received(tc3Authorization({ ...EXAMPLE, body }, KEYS), body))).toBeUndefined()
    }),
  )
})
