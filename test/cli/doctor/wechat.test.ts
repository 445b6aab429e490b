import { expect, it } from 'vitest'
import { startFakeWechat } from '../../../src/channels/wechat/fake.ts'
import { miniProgram } from '../../../src/channels/wechat/mini-program.ts'
import { officialAccount } from '../../../src/channels/wechat/official-account.ts'
import { cert, key } from '../../channels/wechat/loopback-certificate.ts'
import { clockOff, examineOne, finding, MINUTE_MS, statuses } from './support.ts'

it.each([
  ['miniProgram', miniProgram],
  ['officialAccount', officialAccount],
] as const)('finds nothing wrong with a %s, and sends nothing', async (kind, create) => {
  await using fake = await startFakeWechat({ tls: { cert, key } })
  const { config, template } = fake[kind]

  const found = await examineOne(create({ ...config, ca: cert, templates: { parcel: template } }))

  expect(statuses(found)).toEqual({
    ...{ configuration: 'ok', package: 'ok', dns: 'ok', tcp: 'ok', tls: 'ok', clock: 'ok' },
    ...{ credentials: 'ok', templates: 'ok' },
  })
  expect(fake.calls.message).toBe(0)
  expect(fake.accepted).toEqual([])
})

it('finds a wrong secret, and does not show it', async () => {
  await using fake = await startFakeWechat()

  const found = await examineOne(miniProgram({ ...fake.miniProgram.config, appSecret: 'f'.repeat(32) }))

  expect(finding(found, 'credentials')).toMatchObject({
    ...{ status: 'failed', code: 'UNAUTHORIZED', providerCode: '40125' },
    fix: 'Copy appSecret again: it is not the secret of this appId (mp.weixin.qq.com > Development settings)',
  })
  expect(JSON.stringify(found)).not.toContain('fff')
  expect(fake.accepted).toEqual([])
})

it('finds an address that is not on the allow-list', async () => {
  await using fake = await startFakeWechat()
  fake.allowedIps = []

  expect(finding(await examineOne(miniProgram(fake.miniProgram.config)), 'credentials')).toMatchObject({
    status: 'failed',
    providerCode: '40164',
    fix: 'Add the public address of this machine to the IP allow-list (mp.weixin.qq.com > Development settings)',
  })
})

it('finds a template that the account does not have', async () => {
  await using fake = await startFakeWechat()
  const id = 'x'.repeat(43)

  const found = await examineOne(miniProgram(fake.miniProgram.config), { templates: [id, 'SMS_1'] })

  expect(finding(found, 'templates')).toMatchObject({
    status: 'failed',
    message: `the account has no template ${id}`,
    fix: 'Correct the template id, or use the keys of the account that has it; mp.weixin.qq.com > Subscribe messages',
  })
})

it('says that the list of templates could not be had', async () => {
  await using fake = await startFakeWechat()
  const { config } = fake.officialAccount
  await examineOne(officialAccount(config))
  fake.officialAccount.poisonToken()

  const found = await examineOne(officialAccount(config), { templates: ['x'.repeat(43)] })

  expect(finding(found, 'credentials')?.status).toBe('ok')
  expect(finding(found, 'templates')).toMatchObject({ status: 'failed', providerCode: '40001' })
})

it('finds a clock that is 10 minutes off', async () => {
  await using fake = await startFakeWechat()
  const clock = clockOff(10 * MINUTE_MS)

  const found = await examineOne(miniProgram(fake.miniProgram.config, { clock }), { clock })

  expect(finding(found, 'clock')).toMatchObject({
    status: 'warning',
    message: "this machine's clock is 10 minutes fast",
    fix: expect.stringMatching(/^Set this machine's clock/) as string,
  })
})
