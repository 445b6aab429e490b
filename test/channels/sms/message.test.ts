import { describe, expect, it } from 'vitest'
import { findSecrets } from '../../../src/testing/find-secrets.ts'
import { CODE, errorOf, PHONE, SIGN, startBench, TEMPLATE } from './support.ts'

const templates = {
  login: { code: TEMPLATE, params: ['code'], kind: 'verification' },
  shipped: { code: 'SMS_222', params: ['name', 'count'], kind: 'notice' },
  abroad: { code: 'SMS_333', params: [], region: 'international' },
  home: { code: 'SMS_444', region: 'mainland' },
} as const
const fake = {
  templates: {
    [TEMPLATE]: { content: '您的验证码为：${code}，请勿泄露于他人！', kind: 'verification' },
    SMS_222: { content: '${name}，您有${count}个包裹' },
    SMS_333: { content: 'Hello' },
    SMS_444: { content: '您好' },
  },
} as const
const bench = () => startBench({ templates, fake })

describe('what the recipient gets', () => {
  it('is the template, with its values and the configured sign name', async () => {
    await using it = await bench()

    const result = await it.send({ template: 'login' })

    expect(result.status).toBe('sent')
    expect(it.fake.accepted).toMatchObject([
      {
        phoneNumber: PHONE,
        text: `【${SIGN}】您的验证码为：${CODE}，请勿泄露于他人！`,
        templateCode: TEMPLATE,
      },
    ])
  })

  it('carries numbers as text, which Aliyun insists on', async () => {
    await using it = await bench()

    await it.send({ template: 'shipped', params: { name: -12.5, count: Number.MAX_SAFE_INTEGER } })
    await it.send({ template: 'shipped', params: { name: '张三', count: 3 } })

    expect(it.fake.accepted.map(({ templateParam }) => templateParam)).toEqual([
      { name: '-12.5', count: '9007199254740991' },
      { name: '张三', count: '3' },
    ])
    expect(it.fake.accepted[1]?.text).toBe(`【${SIGN}】张三，您有3个包裹`)
  })

  it('arrives word for word, whatever its characters', async () => {
    await using it = await bench()
    const name = `a b+c&d=e%20*'()!~"\\中 क\u200dष/?#`

    await it.send({ template: 'SMS_222', params: { name, count: '1' } })

    expect(it.fake.accepted[0]?.templateParam['name']).toBe(name)
  })

  it('is signed as the message says, and answered to its own extension', async () => {
    await using it = await startBench({ fake: { signs: ['Other'] } })

    await it.send({ signName: 'Other', smsUpExtendCode: '90999' })

    expect(it.fake.accepted).toMatchObject([{ signName: 'Other', smsUpExtendCode: '90999' }])
  })
})

describe('the reference that Aliyun repeats in its reports', () => {
  it('is the delivery’s id', async () => {
    await using it = await bench()

    const result = await it.send({})

    expect(it.fake.accepted[0]?.outId).toBe(result.id)
    expect(result).toMatchObject({ receipt: { outId: result.id, providerId: it.fake.accepted[0]?.bizId } })
  })

  it('is the same for every send under one idempotency key, and names nobody', async () => {
    await using it = await bench()
    const idempotencyKey = `order-42-${PHONE}-${'x'.repeat(200)}`

    await it.send({}, { idempotencyKey })
    await it.send({}, { idempotencyKey })

    const [first, second] = it.fake.accepted
    expect(first?.outId).toBe(second?.outId)
    expect(first?.outId).toMatch(/^[0-9a-f]{64}$/)
  })

  it('is the message’s own where it has one', async () => {
    await using it = await bench()

    const result = await it.send({ outId: 'order-42' }, { idempotencyKey: 'k' })

    expect(it.fake.accepted[0]?.outId).toBe('order-42')
    expect(result).toMatchObject({ receipt: { outId: 'order-42' } })
  })
})

describe('numbers', () => {
  it.each([
    [PHONE, PHONE],
    [`+86${PHONE}`, PHONE],
    [`0086${PHONE}`, PHONE],
    [`86${PHONE}`, PHONE],
    ['+86 139-1234-5678', PHONE],
    ['+852 5123 4567', '85251234567'],
    ['0085251234567', '85251234567'],
    ['+1 (202) 555-0123', '12025550123'],
  ])('%s reaches Aliyun as %s', async (to, digits) => {
    await using it = await bench()

    expect((await it.send({ to })).status).toBe('sent')

    expect(it.fake.accepted[0]?.phoneNumber).toBe(digits)
  })

  it.each([
    '',
    '12345678901',
    '1391234567',
    '139123456789',
    '+86 10 8888 7777',
    '14155550100x',
    '+0123456789',
    '+1 155 555 0100',
    '1 202 555 0123',
    '85251234567',
    '5551234',
    '+86 1391234567',
    `${PHONE}${' '.repeat(40)}`,
    '13912345678,13912345679',
    '１３９１２３４５６７８',
    '13912345678\r\n',
  ])('%j is refused before anything is sent', async (to) => {
    await using it = await bench()

    const result = await it.send({ to })

    expect(errorOf(result)).toMatchObject({ code: 'INVALID_MESSAGE', issues: [{ path: 'to' }] })
    expect(it.fake.calls).toEqual([])
  })

  it('an American number is not sent as the Chinese mobile with the same digits', async () => {
    await using it = await bench()
    const to = '+1 415 555 0100'

    const refused = await it.send({ to })
    const sent = await it.send({ to, template: 'abroad', params: {} })

    expect(errorOf(refused).message).toContain('without its plus this number is a mainland mobile')
    expect(sent.status).toBe('sent')
    expect(it.fake.accepted.map(({ phoneNumber }) => phoneNumber)).toEqual(['14155550100'])
  })

  it.each([
    [PHONE, 'abroad', 'an international number'],
    ['+85251234567', 'home', 'a mainland number'],
  ])('%s does not go through the template %s', async (to, template, expected) => {
    await using it = await bench()

    expect(errorOf(await it.send({ to, template, params: {} })).message).toContain(expected)
  })
})

describe('values that Aliyun would refuse are refused here, by name and without being shown', () => {
  it.each([
    ['login', {}, 'params.code', 'expected a value for this variable'],
    ['login', { code: CODE, extra: 'x' }, 'params.extra', 'the template takes code'],
    ['login', { code: '12' }, 'params.code', '4 to 6 letters or digits'],
    ['login', { code: '1234567' }, 'params.code', '4 to 6 letters or digits'],
    ['login', { code: '12-34' }, 'params.code', '4 to 6 letters or digits'],
    ['shipped', { name: '名'.repeat(36), count: 1 }, 'params.name', 'at most 35 characters'],
    ['shipped', { name: '', count: 1 }, 'params.name', 'at least one character'],
    ['shipped', { name: 'see https://evil.example', count: 1 }, 'params.name', 'no URL'],
    ['shipped', { name: 'see www.evil.example', count: 1 }, 'params.name', 'no URL'],
    ['shipped', { name: 'evil.cn/a', count: 1 }, 'params.name', 'no URL'],
    ['shipped', { name: 'see my-evil-.cn/a', count: 1 }, 'params.name', 'no URL'],
    ['shipped', { name: 'git+ssh://evil', count: 1 }, 'params.name', 'no URL'],
    ['shipped', { name: '【银行】', count: 1 }, 'params.name', 'sign name'],
    ['shipped', { name: 'Hi 🎉', count: 1 }, 'params.name', 'no emoji'],
    ['shipped', { name: 'Hi ❤\uFE0F', count: 1 }, 'params.name', 'no emoji'],
    ['shipped', { name: 'half \ud83c', count: 1 }, 'params.name', 'well-formed'],
    ['shipped', { name: 'n', count: Number.NaN }, 'params.count', 'expected'],
    ['shipped', { name: 'n', count: 1e21 }, 'params.count', 'a safe integer'],
    ['shipped', { name: 'n', count: 1e-7 }, 'params.count', 'a safe integer'],
    ['shipped', { name: 'n', count: 2 ** 53 }, 'params.count', 'a safe integer'],
    ['shipped', { name: 'two\r\nlines', count: 1 }, 'params.name', 'one line'],
    ['shipped', { name: 'nul\u0000', count: 1 }, 'params.name', 'one line'],
    ['shipped', { name: 'turned \u202egnp.exe', count: 1 }, 'params.name', 'one line'],
    ['shipped', { name: 'hidden\u200b', count: 1 }, 'params.name', 'one line'],
    ['SMS_999', { 'a\u202eb': 'x' }, 'params', 'visible characters'],
    ['SMS_999', { ['x'.repeat(65)]: 'x' }, 'params', '1 to 64'],
    ['SMS_999', { a: 'a'.repeat(600), b: 'b'.repeat(600) }, 'params', 'all values together'],
    ['SMS_999', { any: 'a'.repeat(100_000) }, 'params.any', 'at most 1000 characters'],
    ['SMS_222', { name: 'n' }, 'params.count', 'expected a value'],
    ['SMS_999', { any: Object.create(null) as object }, 'params.any', 'expected'],
    ['SMS_999', { any: 'https://evil.example' }, 'params.any', 'no URL'],
    ['home', { any: 'x' }, 'params.any', 'takes none'],
  ])('%s with %o: %s %s', async (template, params, path, text) => {
    await using it = await bench()

    const result = await it.send({ template, params })

    const { code, issues } = errorOf(result)
    expect(code).toBe('INVALID_MESSAGE')
    expect(issues?.map((issue) => issue.path)).toEqual([path])
    expect(issues?.[0]?.message).toContain(text)
    expect(findSecrets(result, ['evil.example', '【银行】', '1234567'])).toEqual([])
    expect(it.fake.calls).toEqual([])
  })

  it.each(['张三', 'v1.2', 'Dr. Who', '12:30', '3.5kg', '№5', '10 #1'])('%s is fine', async (name) => {
    await using it = await bench()

    expect((await it.send({ template: 'shipped', params: { name, count: 1 } })).status).toBe('sent')
  })

  it('names every wrong field at once', async () => {
    await using it = await startBench({ templates, fake, signName: undefined })

    const result = await it.send({
      to: '123',
      template: 'login',
      params: { cod: CODE },
      outId: 'ä',
      smsUpExtendCode: 'x',
      typo: 1,
    })

    const paths = errorOf(result).issues?.map(({ path }) => path)
    expect(paths?.sort()).toEqual(
      ['', 'outId', 'params.cod', 'params.code', 'signName', 'smsUpExtendCode', 'to'].sort(),
    )
  })

  it('names the aliases there are when the template is none of them', async () => {
    await using it = await bench()

    const { issues } = errorOf(await it.send({ template: 'lgoin' }))

    expect(issues).toMatchObject([{ path: 'template' }])
    expect(issues?.[0]?.message).toContain('login, shipped, abroad, home')
  })

  it.each([
    ['signName', '【Acme】'],
    ['signName', ''],
    ['signName', 'half \ud83c'],
    ['signName', 'turned \u202e'],
    ['signName', 'two\nlines'],
    ['signName', 'x'.repeat(51)],
    ['template', `SMS_${'1'.repeat(99)}`],
    ['outId', 'x'.repeat(65)],
    ['template', ''],
  ])('refuses the %s %j', async (field, value) => {
    await using it = await bench()

    expect(errorOf(await it.send({ [field]: value })).issues).toMatchObject([{ path: field }])
  })
})
