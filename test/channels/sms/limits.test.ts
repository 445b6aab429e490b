/** What a number may not get yet is not asked of Aliyun. */
import { describe, expect, it } from 'vitest'
import { startFakeAliyun, type FakeTemplate } from '../../../src/channels/sms/fake.ts'
import { aliyun, aliyunLimits, forTemplates } from '../../../src/channels/sms/index.ts'
import type { RecipientLimit } from '../../../src/core/stores.ts'
import { createNotify } from '../../../src/facade/notify.ts'
import { FakeClock } from '../../../src/testing/fake-clock.ts'
import { CODE, errorOf, PHONE, SIGN } from './support.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const BOTH = [aliyunLimits.verification, aliyunLimits.notice]
const FAKE_TEMPLATES: Record<string, FakeTemplate> = {
  SMS_1: { content: 'code ${code}', kind: 'verification' },
  SMS_2: { content: 'parcel ${code}', kind: 'notice' },
  SMS_3: { content: 'sale ${code}', kind: 'promotion' },
  SMS_4: { content: 'hello ${code}' },
}
const TEMPLATES = {
  login: { code: 'SMS_1', params: ['code'], kind: 'verification' },
  parcel: { code: 'SMS_2', params: ['code'], kind: 'notice' },
  sale: { code: 'SMS_3', params: ['code'], kind: 'promotion' },
} as const

async function startLimited(recipient: RecipientLimit | readonly RecipientLimit[] = BOTH) {
  const clock = new FakeClock()
  const fake = await startFakeAliyun({ templates: FAKE_TEMPLATES, signs: [SIGN, 'Acme'], clock })
  const config = { ...fake.credentials, endpoint: fake.endpoint, signName: SIGN, templates: TEMPLATES }
  const notify = createNotify({
    channels: { sms: aliyun(config, { clock }) },
    clock,
    // A used-up account would open it, and what comes next would wait for time to pass.
    breaker: false,
    limits: { providers: { aliyun: { recipient } } },
  })
  return {
    fake,
    clock,
    send: (template: string, to = PHONE, more: object = {}) =>
      notify.send('sms', { to, template, params: { code: CODE }, ...more }),
    async [Symbol.asyncDispose]() {
      await notify.close()
      await fake.close()
    },
  }
}

describe('a verification code', () => {
  it('beyond 1 a minute is refused here, says when, and never reaches Aliyun', async () => {
    await using bench = await startLimited()
    await bench.send('login')
    await bench.clock.advance(20_000)

    const error = errorOf(await bench.send('login'))

    const word = { code: 'RATE_LIMITED', delivery: 'not_sent', scope: 'recipient', retryAfterMs: 40_000 }
    expect(error).toMatchObject(word)
    expect(bench.fake.calls).toHaveLength(1)
    await bench.clock.advance(40_000)
    expect((await bench.send('login')).status).toBe('sent')
  })

  it.each([
    [5, MINUTE_MS, HOUR_MS],
    [10, HOUR_MS / 4, DAY_MS],
  ])('is refused after %i, one every %i ms', async (limit, everyMs, perMs) => {
    await using bench = await startLimited()
    for (let count = 0; count < limit; count += 1) {
      expect((await bench.send('login')).status).toBe('sent')
      await bench.clock.advance(everyMs)
    }

    const error = errorOf(await bench.send('login'))

    expect(error).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: perMs - limit * everyMs })
    expect(bench.fake.calls).toHaveLength(limit)
  })

  it('limits neither notices nor promotions, nor other numbers, nor another sign name', async () => {
    await using bench = await startLimited()
    await bench.send('login')

    const results = await Promise.all([
      bench.send('parcel'),
      bench.send('sale'),
      bench.send('login', '13800138000'),
      bench.send('login', PHONE, { signName: 'Acme' }),
    ])

    expect(results.map(({ status }) => status)).toEqual(['sent', 'sent', 'sent', 'sent'])
  })

  it('is the same number’s however it is written, and by the template’s code too', async () => {
    await using bench = await startLimited()
    await bench.send('login', '+86 139-1234-5678')

    expect(errorOf(await bench.send('SMS_1', PHONE)).code).toBe('RATE_LIMITED')
  })

  it('to a number abroad is not limited: Aliyun’s control is for the mainland', async () => {
    await using bench = await startLimited()
    await bench.send('login', '+85251234567')

    expect((await bench.send('login', '+85251234567')).status).toBe('sent')
  })

  it('that Aliyun refused is not counted', async () => {
    await using bench = await startLimited()
    bench.fake.refuseNext('isv.AMOUNT_NOT_ENOUGH')
    await bench.send('login')

    expect((await bench.send('login')).status).toBe('sent')
  })
})

it.each(['parcel', 'sale'])('%s messages of one template are refused after 50 a day', async (template) => {
  await using bench = await startLimited()
  for (let count = 0; count < 50; count += 1) expect((await bench.send(template)).status).toBe('sent')

  const error = errorOf(await bench.send(template))

  expect(error).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: DAY_MS })
  expect(bench.fake.calls).toHaveLength(50)
  expect((await bench.send('login')).status).toBe('sent')
})

describe('a limit for certain templates', () => {
  it('counts them together and lets all others pass', async () => {
    await using bench = await startLimited(forTemplates(['SMS_1', 'SMS_4'], aliyunLimits.verification.rates))
    await bench.send('login')

    expect(errorOf(await bench.send('SMS_4'))).toMatchObject({
      code: 'RATE_LIMITED',
      retryAfterMs: MINUTE_MS,
    })
    expect((await bench.send('parcel')).status).toBe('sent')
    expect((await bench.send('SMS_4', '13800138000')).status).toBe('sent')
  })

  it('takes no alias, which would limit nothing', () => {
    const make = () => forTemplates(['SMS_1', 'login', '449739', 'parcel'], [{ limit: 1, perMs: 1_000 }])

    expect(make).toThrow(
      expect.objectContaining({
        code: 'INVALID_CONFIG',
        issues: [{ path: 'templates.1' }, { path: 'templates.3' }].map(
          (issue) => expect.objectContaining(issue) as unknown,
        ),
      }),
    )
  })

  it('knows Tencent’s templates by their ids', () => {
    const phone = { region: 'mainland', digits: '13912345678' } as const
    const limit = forTemplates(['449739'], [{ limit: 1, perMs: 1_000 }])

    expect(limit.by?.({ phone, signName: 'Acme', templateId: '449739' })).toBe('Acme/+8613912345678')
    expect(limit.by?.({ phone, signName: undefined, templateId: '449740' })).toBeUndefined()
  })
})
