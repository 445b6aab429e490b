import { expect, it } from 'vitest'
import type { AliyunConfigInput } from '../../../src/channels/sms/aliyun-config.ts'
import { AliyunDriver } from '../../../src/channels/sms/aliyun-driver.ts'
import { startFakeAliyun, type FakeAliyun } from '../../../src/channels/sms/fake.ts'
import { TencentDriver } from '../../../src/channels/sms/tencent-driver.ts'
import { startFakeTencent, type FakeTencent } from '../../../src/channels/sms/tencent-fake.ts'
import { clockOff, examineOne, finding, MINUTE_MS, statuses } from './support.ts'

const login = { login: { code: 'SMS_154950909', params: ['code'] } }

function aliyun(fake: FakeAliyun, config: Partial<AliyunConfigInput> = {}, offMs = 0): AliyunDriver {
  const settings = { ...fake.credentials, endpoint: fake.endpoint, templates: login, ...config }
  return new AliyunDriver(settings, { clock: clockOff(offMs) })
}

function tencent(fake: FakeTencent, config: { secretKey?: string } = {}, offMs = 0): TencentDriver {
  const settings = { ...fake.credentials, endpoint: fake.endpoint, ...config }
  return new TencentDriver(settings, { clock: clockOff(offMs) })
}

const SET_CLOCK = /^Set this machine's clock and keep it set by NTP: timedatectl set-ntp true/

it('finds nothing wrong with Aliyun, and sends nothing', async () => {
  await using fake = await startFakeAliyun()

  const found = await examineOne(aliyun(fake))

  expect(statuses(found)).toEqual({
    ...{ configuration: 'ok', package: 'ok', dns: 'ok', tcp: 'ok', tls: 'skipped', clock: 'ok' },
    ...{ credentials: 'ok', templates: 'ok' },
  })
  expect(new Set(fake.calls)).toEqual(new Set(['QuerySmsTemplateList']))
  expect(fake.accepted).toEqual([])
})

it('finds nothing wrong with Tencent, and sends nothing', async () => {
  await using fake = await startFakeTencent()

  const found = await examineOne(tencent(fake))

  expect(statuses(found)).toEqual({
    ...{ configuration: 'ok', dns: 'ok', tcp: 'ok', tls: 'skipped', clock: 'ok', credentials: 'ok' },
  })
  expect(fake.calls).toEqual(['SendStatusStatistics'])
  expect(fake.accepted).toEqual([])
})

it.each([
  [
    { accessKeySecret: 'not-the-secret-9' },
    'SignatureDoesNotMatch',
    'Copy accessKeySecret again: it is not the secret of this accessKeyId (RAM console > AccessKey)',
  ],
  [
    { accessKeyId: 'LTAI-nobody-9' },
    'InvalidAccessKeyId.NotFound',
    'Correct accessKeyId: the account has none of that id (RAM console > AccessKey)',
  ],
])('finds wrong keys of Aliyun (%j), and does not show them', async (config, providerCode, fix) => {
  await using fake = await startFakeAliyun()

  const found = await examineOne(aliyun(fake, config))

  expect(finding(found, 'credentials')).toMatchObject({
    ...{ status: 'failed', code: 'UNAUTHORIZED', providerCode, fix },
  })
  expect(JSON.stringify(found)).not.toMatch(/not-the-secret-9|LTAI/)
  expect(fake.accepted).toEqual([])
})

it('finds a wrong key of Tencent', async () => {
  await using fake = await startFakeTencent()

  const found = await examineOne(tencent(fake, { secretKey: 'not-the-key-9' }))

  expect(finding(found, 'credentials')).toMatchObject({
    status: 'failed',
    providerCode: 'AuthFailure.SignatureFailure',
    fix: 'Copy secretKey again: it is not the key of this secretId (CAM console > API keys)',
  })
  expect(JSON.stringify(found)).not.toContain('not-the-key-9')
})

it('tells keys that lack a permission from wrong ones', async () => {
  await using fake = await startFakeAliyun()
  fake.refuseNext('isp.RAM_PERMISSION_DENY')

  const found = finding(await examineOne(aliyun(fake)), 'credentials')

  expect(found).toMatchObject({ status: 'warning', providerCode: 'isp.RAM_PERMISSION_DENY' })
  expect(found?.fix).toMatch(/^Grant the RAM user dysms:QuerySmsTemplateList/)
})

it('finds a template that the account does not have', async () => {
  await using fake = await startFakeAliyun()

  const { findings } = await examineOne(aliyun(fake), { templates: ['SMS_123'] })

  expect(findings.filter(({ name }) => name === 'templates')).toEqual([
    { name: 'templates', status: 'ok', message: 'SMS_154950909 is approved' },
    {
      name: 'templates',
      status: 'failed',
      message: 'the account has no template SMS_123',
      fix: 'Correct the template id, or use the keys of the account that has it; SMS console > Templates',
      code: 'CONTENT_REJECTED',
    },
  ])
  expect(fake.accepted).toEqual([])
})

it('finds variables that are not those of the template', async () => {
  await using fake = await startFakeAliyun()
  const templates = { login: { code: 'SMS_154950909', params: ['product'] } }

  expect(finding(await examineOne(aliyun(fake, { templates })), 'templates')).toMatchObject({
    status: 'failed',
    message: 'the template SMS_154950909 has the variables code; the configuration names product',
    fix: 'Name code in the configuration of the template, as its text does',
  })
})

it('says that Tencent is not asked for templates', async () => {
  await using fake = await startFakeTencent()

  const found = await examineOne(tencent(fake), { templates: ['449739', 'SMS_1'] })

  expect(finding(found, 'templates')).toEqual({
    name: 'templates',
    status: 'skipped',
    message: 'Tencent is not asked for templates (449739): look in its console',
  })
})

it.each([
  [10, 'fast'],
  [-10, 'slow'],
])('finds a clock that is %i minutes off at Aliyun, which bears it', async (minutes, word) => {
  await using fake = await startFakeAliyun()
  const offMs = minutes * MINUTE_MS

  const found = await examineOne(aliyun(fake, {}, offMs), { clock: clockOff(offMs) })

  expect(finding(found, 'clock')).toMatchObject({
    status: 'warning',
    message: `this machine's clock is 10 minutes ${word}`,
    fix: expect.stringMatching(SET_CLOCK) as string,
  })
  expect(finding(found, 'credentials')?.status).toBe('ok')
})

it('finds a clock that is 20 minutes off at Aliyun', async () => {
  await using fake = await startFakeAliyun()
  const offMs = 20 * MINUTE_MS

  const found = await examineOne(aliyun(fake, {}, offMs), { clock: clockOff(offMs) })

  expect(fake.refused).toContain('InvalidTimeStamp.Expired')
  expect(finding(found, 'clock')).toMatchObject({
    status: 'failed',
    code: 'UNAUTHORIZED',
    message: "this machine's clock is 20 minutes fast",
    fix: expect.stringMatching(SET_CLOCK) as string,
  })
})

it('finds a clock that is 10 minutes off at Tencent, which refuses the signature', async () => {
  await using fake = await startFakeTencent()
  const offMs = 10 * MINUTE_MS

  const found = await examineOne(tencent(fake, {}, offMs), { clock: clockOff(offMs) })

  expect(finding(found, 'clock')).toMatchObject({
    status: 'failed',
    message: "this machine's clock is 10 minutes fast",
    fix: expect.stringMatching(SET_CLOCK) as string,
    providerCode: 'AuthFailure.SignatureExpire',
  })
  expect(finding(found, 'credentials')).toMatchObject({
    status: 'failed',
    fix: expect.stringMatching(SET_CLOCK) as string,
  })
})
