/** The sandbox as applications and tests use it, through the real drivers. */
import { describe, expect, it } from 'vitest'
import { SIMULATED } from '../../src/sandbox/simulated-recipients.ts'
import { MESSAGES, OPENID, startBench, TOKEN } from './support/bench.ts'

type Channel = keyof typeof MESSAGES
const CHANNELS = Object.keys(MESSAGES) as Channel[]

describe('the inbox', () => {
  it('shows what was sent on every channel as its recipient would see it', async () => {
    await using bench = await startBench()

    for (const channel of CHANNELS) {
      const result = await bench.notify.send(channel, MESSAGES[channel])
      expect(result, channel).toMatchObject({ status: 'sent' })
    }

    const { messages, counts } = await bench.api.list()
    expect(counts).toEqual({ email: 1, sms: 2, wechat: 2, apns: 1, websocket: 1 })
    expect(messages.map(({ provider, to, title, outcome }) => [provider, to[0], title, outcome])).toEqual([
      ['centrifugo', '#ann', 'Your parcel', 'accepted'],
      ['apns', TOKEN, 'Your parcel', 'accepted'],
      ['wechat-official-account', OPENID, 'Parcel', 'accepted'],
      ['wechat-mini-program', OPENID, 'Parcel', 'accepted'],
      ['tencent', '+8613800138000', '示例商城', 'accepted'],
      ['aliyun', '13800138000', '示例商城', 'accepted'],
      ['smtp', 'ann@example.com', 'Your receipt', 'accepted'],
    ])
  })

  it('fills an SMS template in, and tells what it takes and about costs', async () => {
    await using bench = await startBench()

    await bench.notify.send('sms', MESSAGES.sms)

    expect((await bench.api.newest()).view).toEqual({
      kind: 'sms',
      text: '【示例商城】您的验证码为：123456，请勿泄露于他人！',
      signName: '示例商城',
      template: 'SMS_154950909',
      templateContent: '您的验证码为：${code}，请勿泄露于他人！',
      params: { code: '123456' },
      encoding: 'UCS-2',
      characters: 28,
      segments: 1,
      charactersLeft: 42,
      region: 'mainland',
      cost: { amount: 0.045, currency: 'CNY', perSegment: 0.045 },
    })
  })

  it('shows the values of a template that it was not told', async () => {
    await using bench = await startBench({ smsTemplates: {} })

    await bench.notify.send('sms', MESSAGES.sms)

    const { view, hints } = await bench.api.newest()
    expect(view).toMatchObject({ text: '【示例商城】[SMS_154950909] code: 123456' })
    expect(hints).toMatchObject([{ level: 'info', code: 'unknown_template' }])
  })

  it.each(CHANNELS)('shows no credentials in the raw exchange of %s', async (channel) => {
    await using bench = await startBench()

    await bench.notify.send(channel, MESSAGES[channel])

    const { exchange } = await bench.api.newest()
    expect(exchange.request).not.toBe('')
    expect(exchange.response).not.toBe('')
    const secrets = bench.sandbox.connections.providers.flatMap(({ config }) => Object.entries(config))
    for (const [name, value] of secrets) {
      if (!/secret|apiKey/i.test(name) || typeof value !== 'string') continue
      expect(`${exchange.request}\n${exchange.response ?? ''}`).not.toContain(value)
    }
    expect(exchange.request).not.toMatch(/access_token=(?!\*\*\*)|Signature=[0-9a-f]{64}|bearer ey/i)
  })
})

describe('simulated recipients', () => {
  const cases = Object.entries(SIMULATED).flatMap(([provider, recipients]) =>
    recipients
      .filter(({ refusal }) => refusal !== undefined)
      .map(({ to, refusal = '' }) => [provider, to, refusal] as const),
  )
  const channelOf: Readonly<Record<string, Channel>> = {
    smtp: 'email',
    aliyun: 'sms',
    tencent: 'tencent',
    wechat: 'wechat',
    apns: 'apns',
    centrifugo: 'live',
  }

  it.each(cases)('of %s: %s is refused with %s', async (provider, to, refusal) => {
    await using bench = await startBench()
    const channel = channelOf[provider] ?? 'email'
    const target = provider === 'centrifugo' ? { user: to } : to

    const result = await bench.notify.send(channel, { ...MESSAGES[channel], to: target } as never)

    expect(result).toMatchObject({ status: 'failed', error: { provider: {} } })
    const code = refusal.replace(/^MESSAGE /, '').replace(/^(\d{3} \d\.\d\.\d) .*/, '$1')
    expect(await bench.api.newest()).toMatchObject({ outcome: 'refused', code, isKept: false })
  })

  it('may be any address with the reply in it', async () => {
    await using bench = await startBench()

    const result = await bench.notify.send('email', {
      ...MESSAGES.email,
      to: 'reply-552-5.2.2@simulator.test',
    })

    expect(result).toMatchObject({ status: 'failed', error: { provider: { code: '552 5.2.2' } } })
  })

  it.each([
    ['email', 'lost-answer@simulator.test'],
    ['sms', '17000000099'],
    ['wechat', 'osimulated-lost-000000000000'],
    ['apns', 'fade'.padEnd(64, '0')],
  ] as const)('lose the answer of %s, and the result says that nobody knows', async (channel, to) => {
    await using bench = await startBench()

    const result = await bench.notify.send(channel, { ...MESSAGES[channel], to })

    expect(result).toMatchObject({ status: 'failed', error: { delivery: 'unknown' } })
    expect(await bench.api.newest()).toMatchObject({ outcome: 'lost', code: 'reset_accepted', isKept: true })
  })
})

describe('an armed failure', () => {
  it('strikes the next message of its provider, so many times, and no other', async () => {
    await using bench = await startBench()
    bench.sandbox.injectFault({ provider: 'aliyun', refusal: 'isv.AMOUNT_NOT_ENOUGH', times: 2 })

    const email = await bench.notify.send('email', MESSAGES.email)
    const results = []
    for (let time = 0; time < 3; time += 1) results.push(await bench.notify.send('sms', MESSAGES.sms))

    expect(email.status).toBe('sent')
    expect(results.map(({ status }) => status)).toEqual(['failed', 'failed', 'sent'])
    expect(results[0]).toMatchObject({ error: { code: 'QUOTA_EXHAUSTED' } })
  })

  it('is refused where a field is wrong, all of them named at once', async () => {
    await using bench = await startBench()

    const { status, json } = await bench.api.call('POST', '/api/faults', {
      provider: 'fax',
      fault: 'fire',
      times: 0,
    })

    expect(status).toBe(400)
    expect(json).toMatchObject({
      error: { code: 'INVALID_CONFIG', issues: [{ path: 'provider' }, { path: 'fault' }, { path: 'times' }] },
    })
  })
})
