import fc from 'fast-check'
import { expect, it } from 'vitest'
import { authorization, canonicalQuery, EMPTY_BODY_SHA256 } from '../../../src/channels/sms/acs3.ts'
import { FakeGateway } from '../../../src/channels/sms/aliyun-fake-gateway.ts'
import { FakeClock } from '../../../src/testing/fake-clock.ts'

/** The worked example of Alibaba Cloud's own specification. */
const EXAMPLE = {
  method: 'POST',
  pathname: '/',
  query: {
    ImageId: 'win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd',
    RegionId: 'cn-shanghai',
  },
  headers: {
    host: 'ecs.cn-shanghai.aliyuncs.com',
    'x-acs-action': 'RunInstances',
    'x-acs-content-sha256': EMPTY_BODY_SHA256,
    'x-acs-date': '2023-10-26T10:22:32Z',
    'x-acs-signature-nonce': '3156853299f313e23d1673dc12e1703d',
    'x-acs-version': '2014-05-26',
  },
}
const KEYS = { accessKeyId: 'YourAccessKeyId', accessKeySecret: 'YourAccessKeySecret' }
const EXPECTED =
  'ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;' +
  'x-acs-date;x-acs-signature-nonce;x-acs-version,' +
  'Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0'

const gateway = () => new FakeGateway(KEYS, new FakeClock(Date.UTC(2023, 9, 26, 10, 22, 32)))

it('signs the official example as the official result', () => {
  expect(authorization(EXAMPLE, KEYS)).toBe(EXPECTED)
})

it('the fake lets the official example through', () => {
  const { method, query, headers } = EXAMPLE
  const request = {
    method,
    target: `/?${new URLSearchParams(query).toString()}`,
    headers: { ...headers, authorization: EXPECTED },
    body: Buffer.alloc(0),
  }

  expect(gateway().refuse(request)).toBeUndefined()
  expect(gateway().refuse({ ...request, target: `${request.target}&More=1` })?.code).toBe(
    'SignatureDoesNotMatch',
  )
})

it('agrees with the fake’s own reading of the specification on any values', () => {
  const value = fc.string({ unit: 'binary' }).map((text) => text.toWellFormed())
  const query = fc.dictionary(fc.stringMatching(/^[A-Z][A-Za-z0-9.]{0,9}$/), value)
  fc.assert(
    fc.property(query, (given) => {
      const request = { ...EXAMPLE, query: given }
      const headers = { ...EXAMPLE.headers, authorization: authorization(request, KEYS) }
      const target = `/?${canonicalQuery(given)}`

      expect(gateway().refuse({ method: 'POST', target, headers, body: Buffer.alloc(0) })).toBeUndefined()
    }),
  )
})
