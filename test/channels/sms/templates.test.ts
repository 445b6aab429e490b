import { expect, it } from 'vitest'
import { Attempt } from '../../../src/core/delivery.ts'
import { AliyunDriver } from '../../../src/channels/sms/aliyun-driver.ts'
import { startFakeAliyun } from '../../../src/channels/sms/aliyun-fake.ts'

const attempt = () => new Attempt({ id: 'check' })
const many = Object.fromEntries(
  Array.from({ length: 120 }, (_, index) => [`SMS_${1000 + index}`, { content: 'Code ${code}' }]),
)

it('tells of each template whether the account has it, and which variables its text has', async () => {
  await using fake = await startFakeAliyun({ templates: many })
  const templates = { login: { code: 'SMS_1001', params: ['code', 'minutes'] } }
  const driver = new AliyunDriver({ ...fake.credentials, endpoint: fake.endpoint, templates })

  const known = await driver.knownTemplates(['SMS_1119', 'SMS_1', '449739'], attempt())

  expect(known).toEqual([
    { id: 'SMS_1001', status: 'approved', variables: ['code'], configured: ['code', 'minutes'] },
    { id: 'SMS_1119', status: 'approved', variables: ['code'] },
    { id: 'SMS_1', status: 'missing' },
  ])
  expect(fake.calls).toEqual(Array.from({ length: 4 }, () => 'QuerySmsTemplateList'))
  expect(fake.accepted).toEqual([])
  await driver.close()
})

it('asks for no list where no template is named', async () => {
  await using fake = await startFakeAliyun()
  const driver = new AliyunDriver({ ...fake.credentials, endpoint: fake.endpoint })

  expect(await driver.knownTemplates([], attempt())).toEqual([])
  expect(fake.calls).toEqual([])
  await driver.close()
})

it('says what Aliyun refused', async () => {
  await using fake = await startFakeAliyun()
  const driver = new AliyunDriver({ ...fake.credentials, endpoint: fake.endpoint })
  fake.refuseNext('isp.RAM_PERMISSION_DENY')

  await expect(driver.knownTemplates(['SMS_1'], attempt())).rejects.toMatchObject({
    code: 'UNAUTHORIZED',
    provider: { code: 'isp.RAM_PERMISSION_DENY' },
  })
  await driver.close()
})
