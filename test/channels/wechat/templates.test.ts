import { expect, it } from 'vitest'
import { startFakeWechat } from '../../../src/channels/wechat/fake.ts'
import { miniProgram } from '../../../src/channels/wechat/mini-program.ts'
import { officialAccount } from '../../../src/channels/wechat/official-account.ts'
import { Attempt } from '../../../src/core/delivery.ts'

const STRANGE = 'x'.repeat(43)
const attempt = () => new Attempt({ id: 'check' })

it.each([
  ['miniProgram', miniProgram],
  ['officialAccount', officialAccount],
] as const)('lists what the %s has of the templates asked for', async (kind, create) => {
  await using fake = await startFakeWechat()
  const { config, template } = fake[kind]
  const driver = create({ ...config, templates: { parcel: { id: template, fields: ['thing1'] } } })

  const known = await driver.knownTemplates([STRANGE, 'SMS_1'], attempt())

  expect(known).toEqual([
    { id: template, status: 'approved', variables: ['thing1', 'time2'], configured: ['thing1'] },
    { id: STRANGE, status: 'missing' },
  ])
  expect(fake.accepted).toEqual([])
  await driver.close()
})

it('asks for nothing where no template is named', async () => {
  await using fake = await startFakeWechat()
  const driver = miniProgram(fake.miniProgram.config)

  expect(await driver.knownTemplates(['SMS_1'], attempt())).toEqual([])
  expect(fake.calls.token).toBe(0)
  await driver.close()
})

it('says what WeChat refused, without the secret', async () => {
  await using fake = await startFakeWechat()
  const driver = miniProgram({ ...fake.miniProgram.config, appSecret: 'f'.repeat(32) })

  const refusal = driver.knownTemplates([STRANGE], attempt())

  await expect(refusal).rejects.toMatchObject({ code: 'UNAUTHORIZED', provider: { code: '40125' } })
  await expect(refusal).rejects.not.toThrow(/ffff/)
  await driver.close()
})
