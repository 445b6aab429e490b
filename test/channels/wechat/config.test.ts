/** A wrong configuration is refused when the driver is made, every wrong setting named. */
import { expect, it } from 'vitest'
import { miniProgram, officialAccount } from '../../../src/channels/wechat/index.ts'
import { NotifyError } from '../../../src/index.ts'
import { findSecrets } from '../../../src/testing/index.ts'

const GOOD = { appId: 'wx0123456789abcdef', appSecret: '0123456789abcdef0123456789abcdef' }

function refusal(make: () => unknown): NotifyError {
  try {
    make()
  } catch (error) {
    if (NotifyError.isNotifyError(error)) return error
  }
  throw new Error('it was accepted')
}

it('needs an app id and an app secret, and defaults the rest', () => {
  expect(miniProgram(GOOD).provider).toBe('wechat-mini-program')
  expect(officialAccount(GOOD).provider).toBe('wechat-official-account')
})

it('names every wrong setting at once, without its value', () => {
  const error = refusal(() =>
    miniProgram({
      appId: 'gh_0123456789ab',
      appSecret: 'not-the-right-length',
      endpoint: 'http://api.weixin.qq.com',
      templates: { parcel: 'short' },
      token: { store: {} as never },
      proxy: 'proxy.example.com:8080',
      lang: 'de' as never,
      maxSockets: 0,
    }),
  )

  expect(error.code).toBe('INVALID_CONFIG')
  expect(error.issues?.map(({ path }) => path).sort()).toEqual(
    [
      'appId',
      'appSecret',
      'endpoint',
      'lang',
      'maxSockets',
      'proxy',
      'templates.parcel',
      'token.store',
    ].sort(),
  )
  expect(findSecrets(error, ['gh_0123456789ab', 'not-the-right-length'])).toEqual([])
})

it.each(['template', 'uniform'])('refuses the retired mode %s with what to use instead', (mode) => {
  for (const create of [miniProgram, officialAccount]) {
    const error = refusal(() => create({ ...GOOD, mode } as never))
    expect(error.code).toBe('INVALID_CONFIG')
    expect(error.message).toContain('retired by WeChat in January 2020 (error 45103)')
    expect(error.message).toContain('officialAccount()')
  }
})

it.each([
  'https://gateway.example.com/wechat',
  'http://127.0.0.1:8080',
  'http://localhost:8080',
  'http://[::1]:8080',
])('may talk to %s', (endpoint) => {
  expect(() => miniProgram({ ...GOOD, endpoint })).not.toThrow()
})

it.each([
  'http://192.168.0.1',
  'https://user:pass@example.com',
  'https://example.com/?key=1',
  'ftp://127.0.0.1',
])('does not send the app secret to %s', (endpoint) => {
  expect(refusal(() => miniProgram({ ...GOOD, endpoint })).issues?.[0]?.path).toBe('endpoint')
})
