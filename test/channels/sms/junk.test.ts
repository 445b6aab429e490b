/** Whatever is given to the factory or as a message, the answer is a refusal that names what is wrong. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { aliyun } from '../../../src/channels/sms/index.ts'
import { damaged, refusalOf } from '../../support/junk.ts'

const KEYS = { accessKeyId: 'LTAI5tKeyId', accessKeySecret: 'TheSecret' }

const config = damaged({
  ...KEYS,
  securityToken: 'Token',
  signName: 'Acme',
  templates: { login: { code: 'SMS_1', params: ['code'] } },
  endpoint: 'http://127.0.0.1:8080',
  maxSockets: 4,
})

it('refuses any configuration with INVALID_CONFIG or takes it', () => {
  fc.assert(
    fc.property(config, (input) => {
      const error = refusalOf(() => aliyun(input as never))

      expect(['INVALID_CONFIG', undefined]).toContain(error?.code)
    }),
    { numRuns: 2_000 },
  )
})

it.each([undefined, null, 1, 'text', [], () => KEYS])('refuses %o as a configuration', (input) => {
  const error = refusalOf(() => aliyun(input as never))

  expect(error).toMatchObject({ code: 'INVALID_CONFIG', issues: [{ path: '' }] })
})

const driver = aliyun({
  ...KEYS,
  signName: 'Acme',
  templates: { login: { code: 'SMS_1', params: ['code'] } },
})
const message = damaged({
  to: '13912345678',
  template: 'login',
  params: { code: '8342' },
  signName: 'Acme',
  outId: 'order-1',
  smsUpExtendCode: '1',
})

it('refuses any message with INVALID_MESSAGE or takes it', () => {
  fc.assert(
    fc.property(message, (input) => {
      const error = refusalOf(() => driver.parse(input))

      expect(['INVALID_MESSAGE', undefined]).toContain(error?.code)
    }),
    { numRuns: 2_000 },
  )
})

it('takes no longer for a message of megabytes than for its bytes', () => {
  const params = Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`v${at}`, 'a-'.repeat(500)]))

  const error = refusalOf(() => driver.parse({ to: '13912345678', template: 'SMS_2', params }))

  expect(error?.issues).toMatchObject([{ path: 'params' }])
})
