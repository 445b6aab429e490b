import { expect, it } from 'vitest'
import { aliyun } from '../../../src/channels/sms/index.ts'
import { NotifyError } from '../../../src/core/errors.ts'

const KEYS = { accessKeyId: 'LTAI5tKeyId', accessKeySecret: 'TheSecret' }

function issuesOf(config: object): string[] {
  try {
    aliyun(config)
  } catch (error) {
    if (NotifyError.isNotifyError(error) && error.code === 'INVALID_CONFIG') {
      expect(error.message).not.toContain('TheSecret')
      return (error.issues ?? []).map(({ path }) => path)
    }
    throw error
  }
  return []
}

it.each([
  [{}, ['accessKeyId', 'accessKeySecret']],
  [{ accessKeyId: 'LTAI5tKeyId' }, ['accessKeySecret']],
  [{ ...KEYS, accessKeySecret: ' TheSecret' }, ['accessKeySecret']],
  [{ ...KEYS, accessKeySecret: 'TheSecret\n' }, ['accessKeySecret']],
  [{ ...KEYS, credentials: () => Promise.resolve(KEYS) }, ['credentials']],
  [{ credentials: 'TheSecret' }, ['credentials']],
  [{ ...KEYS, signName: '【Acme】' }, ['signName']],
  [{ ...KEYS, endpoint: 'http://dysmsapi.aliyuncs.com' }, ['endpoint']],
  [{ ...KEYS, endpoint: 'http://127.0.0.1.evil.example' }, ['endpoint']],
  [{ ...KEYS, endpoint: 'dysmsapi.aliyuncs.com' }, ['endpoint']],
  [{ ...KEYS, endpoint: 'https://user:pass@dysmsapi.aliyuncs.com' }, ['endpoint']],
  [{ ...KEYS, endpoint: 'https://dysmsapi.aliyuncs.com/api?x=1' }, ['endpoint']],
  [{ ...KEYS, signName: 'half \ud83c' }, ['signName']],
  [{ ...KEYS, securityToken: 'x'.repeat(8193) }, ['securityToken']],
  [{ ...KEYS, templates: { login: { code: '154950909' } } }, ['templates.login.code']],
  [{ ...KEYS, templates: { login: { code: 'SMS_1', params: ['a\u202eb'] } } }, ['templates.login.params.0']],
  [{ ...KEYS, templates: { login: { code: 'SMS_1', kind: 'code' } } }, ['templates.login.kind']],
  [{ ...KEYS, templates: { SMS_1: { code: 'SMS_1' } } }, ['templates.SMS_1']],
  [{ ...KEYS, maxSockets: 0 }, ['maxSockets']],
  [{ ...KEYS, accessKey: 'typo' }, ['']],
  [
    { accessKeyId: 1, endpoint: 'x', maxSockets: 'many' },
    ['accessKeyId', 'endpoint', 'maxSockets', 'accessKeySecret'],
  ],
])('refuses %o at %o, all at once', (config, paths) => {
  expect(issuesOf(config)).toEqual(paths)
})

it.each([
  { ...KEYS },
  { ...KEYS, securityToken: 'Token' },
  { credentials: () => Promise.resolve(KEYS) },
  { ...KEYS, endpoint: 'https://dysmsapi.ap-southeast-1.aliyuncs.com/' },
  { ...KEYS, endpoint: 'http://localhost:8080' },
  { ...KEYS, endpoint: 'http://[::1]:8080' },
])('takes %o', (config) => {
  expect(issuesOf(config)).toEqual([])
})
