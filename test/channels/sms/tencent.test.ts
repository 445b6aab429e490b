import { describe, expect, it } from 'vitest'
import { startFakeTencent, type FakeTencentOptions } from '../../../src/channels/sms/fake.ts'
import { aliyun, tencent, type TencentConfigInput } from '../../../src/channels/sms/index.ts'
import { startFakeAliyun } from '../../../src/channels/sms/fake.ts'
import { NotifyError } from '../../../src/core/errors.ts'
import { createNotify } from '../../../src/facade/notify.ts'
import { FakeClock } from '../../../src/testing/fake-clock.ts'
import { errorOf } from './support.ts'

const templates = { login: { id: '449739', params: ['code', 'minutes'] } }
const MESSAGE = { to: '13912345678', template: 'login', params: { code: '4821', minutes: 5 } }

async function startBench(config: Partial<TencentConfigInput> = {}, options: FakeTencentOptions = {}) {
  const fake = await startFakeTencent(options)
  const given = { ...fake.credentials, endpoint: fake.endpoint, signName: '腾讯云', templates, ...config }
  const notify = createNotify({ channels: { sms: tencent(given) } })
  return {
    fake,
    notify,
    send: (message: object = {}, sending: object = {}) =>
      notify.send('sms', { ...MESSAGE, ...message }, sending),
    async [Symbol.asyncDispose]() {
      await notify.close()
      await fake.close()
    },
  }
}

describe('one message for both providers', () => {
  it('goes through Aliyun by names and through Tencent in the order of the configuration', async () => {
    await using ali = await startFakeAliyun({
      signs: ['阿里'],
      templates: { SMS_1: { content: '${code} for ${minutes}' } },
    })
    await using bench = await startBench()
    const known = { login: { code: 'SMS_1', params: ['minutes', 'code'] } }
    const other = aliyun({ ...ali.credentials, endpoint: ali.endpoint, signName: '阿里', templates: known })
    const notify = createNotify({ channels: { sms: other } })

    await notify.send('sms', MESSAGE)
    await bench.send()
    await notify.close()

    expect(ali.accepted[0]?.text).toBe('【阿里】4821 for 5')
    expect(bench.fake.accepted[0]?.text).toBe('【腾讯云】您的动态验证码为4821，5分钟内有效。')
    expect(bench.fake.accepted[0]).toMatchObject({ templateParamSet: ['4821', '5'], templateId: '449739' })
  })

  it('puts the values into the order of the configuration, not of the message', async () => {
    await using bench = await startBench({
      templates: { login: { id: '449739', params: ['minutes', 'code'] } },
    })

    await bench.send()

    expect(bench.fake.accepted[0]?.templateParamSet).toEqual(['5', '4821'])
  })

  it('takes the id of a configured template too, and no other id', async () => {
    await using bench = await startBench()

    expect(await bench.send({ template: '449739' })).toMatchObject({ status: 'sent' })
    const error = errorOf(await bench.send({ template: '1' }))
    expect(error).toMatchObject({ code: 'INVALID_MESSAGE', delivery: 'not_sent' })
    expect(error.issues?.[0]?.message).toContain('login')
  })
})

describe('what Tencent is sent', () => {
  it.each([
    ['13912345678', '+8613912345678'],
    ['+86 139-1234-5678', '+8613912345678'],
    ['+1 415 555 0100', '+14155550100'],
    ['0085251234567', '+85251234567'],
  ])('%s goes out as %s', async (to, phoneNumber) => {
    await using bench = await startBench()

    expect(await bench.send({ to })).toMatchObject({ status: 'sent' })
    expect(bench.fake.accepted[0]?.phoneNumber).toBe(phoneNumber)
  })

  it('needs a sign name for mainland numbers only', async () => {
    await using bench = await startBench({ signName: undefined })

    expect(errorOf(await bench.send()).issues?.[0]?.path).toBe('signName')
    expect(await bench.send({ to: '+85251234567' })).toMatchObject({ status: 'sent' })
    expect(await bench.send({ signName: '腾讯云' })).toMatchObject({ status: 'sent' })
  })

  it('returns SerialNo and request id, and sends our reference as the SessionContext', async () => {
    await using bench = await startBench()

    const result = await bench.send({ smsUpExtendCode: '12' })
    await bench.send({}, { idempotencyKey: 'order-1' })
    await bench.send({}, { idempotencyKey: 'order-2' })
    await bench.send({ outId: 'order.3' })

    const [first, second, third, fourth] = bench.fake.accepted
    expect(result).toMatchObject({
      status: 'sent',
      receipt: { providerId: first?.serialNo, outId: result.id },
    })
    expect(result.status === 'sent' && result.receipt.requestId).toMatch(/^[0-9a-f-]{36}$/)
    expect(first).toMatchObject({ sessionContext: result.id, extendCode: '12' })
    expect(second?.sessionContext).toMatch(/^[0-9a-f]{64}$/)
    expect(third?.sessionContext).not.toBe(second?.sessionContext)
    expect(fourth?.sessionContext).toBe('order.3')
  })

  it('is sent, under our own reference, when Tencent gives no SerialNo', async () => {
    await using bench = await startBench()
    bench.fake.answerNext({ status: 200, body: '{"Response":{"SendStatusSet":[{"Code":"Ok"}]}}' })

    const result = await bench.send()

    expect(result).toMatchObject({ status: 'sent', receipt: { providerId: result.id } })
  })

  it('carries a temporary token', async () => {
    await using bench = await startBench({}, { token: 'temporary-token-1' })
    await using other = await startBench({ token: 'another' }, { token: 'temporary-token-1' })

    expect(await bench.send()).toMatchObject({ status: 'sent' })
    expect(errorOf(await other.send()).provider?.code).toBe('AuthFailure.TokenFailure')
  })
})

describe('what the fake refuses, as Tencent does', () => {
  it.each<[string, Partial<TencentConfigInput>]>([
    [
      'FailedOperation.TemplateIncorrectOrUnapproved',
      { templates: { login: { id: '7', params: ['code', 'minutes'] } } },
    ],
    ['FailedOperation.SignatureIncorrectOrUnapproved', { signName: '别人' }],
    ['UnauthorizedOperation.SmsSdkAppIdVerifyFail', { smsSdkAppId: '1400000000' }],
    ['AuthFailure.SecretIdNotFound', { secretId: 'AKIDnobody' }],
    ['AuthFailure.SignatureFailure', { secretKey: 'wrong' }],
  ])('%s', async (code, config) => {
    await using bench = await startBench(config)

    expect(errorOf(await bench.send())).toMatchObject({ delivery: 'not_sent', provider: { code } })
    expect(bench.fake.accepted).toEqual([])
  })

  it('a number of values that is not the template’s', async () => {
    await using bench = await startBench({}, { templates: { 449739: '{1}' } })

    expect(errorOf(await bench.send()).provider?.code).toBe(
      'FailedOperation.TemplateParamSetNotMatchApprovedTemplate',
    )
  })

  it('a clock that is more than five minutes off', async () => {
    await using fake = await startFakeTencent({ clock: new FakeClock(1_000_000_000_000) })
    const given = { ...fake.credentials, endpoint: fake.endpoint, signName: '腾讯云', templates }
    const driver = tencent(given, { clock: new FakeClock(1_000_000_301_000) })
    const notify = createNotify({ channels: { sms: driver } })

    const error = errorOf(await notify.send('sms', MESSAGE))
    await notify.close()

    expect(error).toMatchObject({ code: 'UNAUTHORIZED', provider: { code: 'AuthFailure.SignatureExpire' } })
  })
})

describe('verify', () => {
  it('asks for statistics, and finds an application of another account', async () => {
    await using bench = await startBench()
    await using other = await startBench({ smsSdkAppId: '1400000000' })

    expect((await bench.notify.verify()).sms.status).toBe('ok')
    expect(bench.fake.calls).toEqual(['SendStatusStatistics'])
    expect((await other.notify.verify()).sms).toMatchObject({
      status: 'failed',
      error: { code: 'UNAUTHORIZED' },
    })
  })
})

it('names every wrong setting at once, and quotes none', () => {
  const wrong = { secretId: 'a b', secretKey: '', smsSdkAppId: 'x', endpoint: 'http://example.com' }
  const twice = { login: { id: 'SMS_1', params: ['code', 'code'] } }

  const settings = { ...wrong, region: 'Mars!', templates: twice }
  const error = thrownBy(() => tencent(settings))

  expect(error).toMatchObject({ code: 'INVALID_CONFIG', delivery: 'not_sent' })
  expect(error.issues?.map(({ path }) => path)).toEqual([
    'secretId',
    'secretKey',
    'smsSdkAppId',
    'region',
    'templates.login.id',
    'templates.login.params',
    'endpoint',
  ])
  expect(error.message).not.toContain('Mars!')
})

it('takes no name for a template that is the id of another', () => {
  const keys = { secretId: 'id', secretKey: 'key', smsSdkAppId: '1' }
  const own = { '449739': { id: '449739' } }
  const crossed = { ...own, '111': { id: '222' }, other: { id: '111' } }

  const error = thrownBy(() => tencent({ ...keys, templates: crossed }))

  expect(error.issues?.map(({ path }) => path)).toEqual(['templates.111'])
  expect(tencent({ ...keys, templates: own }).provider).toBe('tencent')
})

function thrownBy(run: () => unknown): NotifyError {
  try {
    run()
  } catch (error) {
    if (NotifyError.isNotifyError(error)) return error
  }
  throw new Error('It threw no NotifyError')
}
