/** Whatever is given to the factory or as a message, the answer is a refusal that names what is wrong. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { miniProgram, officialAccount } from '../../../src/channels/wechat/index.ts'
import { damaged, refusalOf } from '../../support/junk.ts'

const ACCOUNT = { appId: 'wx0123456789abcdef', appSecret: '0123456789abcdef0123456789abcdef' }
const TEMPLATE = 't'.repeat(43)

const config = damaged({
  ...ACCOUNT,
  endpoint: 'https://api.weixin.qq.com',
  templates: { parcel: { id: TEMPLATE, fields: ['thing1'] } },
  overflow: 'error',
  token: { allowForceRefresh: true },
  proxy: 'http://me:secret@127.0.0.1:8080',
  ca: 'PEM',
  maxSockets: 4,
})

describe.each([
  ['miniProgram', miniProgram],
  ['officialAccount', officialAccount],
])('%s()', (_, create) => {
  it('refuses any configuration with INVALID_CONFIG or takes it', () => {
    fc.assert(
      fc.property(config, (input) => {
        const error = refusalOf(() => create(input as never))

        expect(['INVALID_CONFIG', undefined]).toContain(error?.code)
      }),
      { numRuns: 2_000 },
    )
  })

  it.each([undefined, null, 1, 'text', [], () => ACCOUNT])('refuses %o as a configuration', (input) => {
    const error = refusalOf(() => create(input as never))

    expect(error).toMatchObject({ code: 'INVALID_CONFIG', issues: [{ path: '' }] })
  })

  it.each([
    ['endpoint', 'api.weixin.qq.com'],
    ['endpoint', 'https://api.weixin.qq.com/#top'],
    ['proxy', 'proxy.example.com:8080'],
    ['proxy', 'http://u:100%@h:1'],
    ['proxy', 'http://100%:p@h:1'],
    ['ca', 'half \uD83D'],
  ])('names the %s where it is %j', (field, value) => {
    const error = refusalOf(() => create({ ...ACCOUNT, [field]: value }))

    expect(error).toMatchObject({ code: 'INVALID_CONFIG', issues: [{ path: field }] })
    expect(error?.message).not.toContain(value)
  })

  it('refuses any message with INVALID_MESSAGE or takes it', () => {
    const driver = create({ ...ACCOUNT, templates: { parcel: { id: TEMPLATE, fields: ['thing1'] } } })
    const message = damaged({
      to: 'o'.repeat(28),
      template: 'parcel',
      data: { thing1: 'Parcel arrived' },
      page: 'pages/index',
      lang: 'zh_CN',
      miniprogramState: 'formal',
      url: 'https://example.com',
      miniprogram: { appid: ACCOUNT.appId, pagepath: 'pages/index' },
      overflow: 'error',
    })
    fc.assert(
      fc.property(message, (input) => {
        const error = refusalOf(() => driver.parse(input))

        expect(['INVALID_MESSAGE', undefined]).toContain(error?.code)
      }),
      { numRuns: 2_000 },
    )
  })
})
