import { expect, it } from 'vitest'
import { findSecrets } from '../../../src/testing/find-secrets.ts'
import { secretsOf, startBench } from './support.ts'

it('asks for the list of templates, and sends nothing', async () => {
  await using bench = await startBench()

  const { sms } = await bench.notify.verify()

  expect(sms).toMatchObject({ status: 'ok', provider: 'aliyun' })
  expect(bench.fake.calls).toEqual(['QuerySmsTemplateList'])
  expect(bench.fake.accepted).toEqual([])
})

it.each(['isp.RAM_PERMISSION_DENY', 'Forbidden.RAM', 'NoPermission'])(
  'says which permission is missing when the answer is %s',
  async (code) => {
    await using bench = await startBench()
    bench.fake.refuseNext(code)

    const { sms } = await bench.notify.verify()

    expect(sms).toMatchObject({ status: 'failed', error: { code: 'UNAUTHORIZED', provider: { code } } })
    expect(sms.status === 'failed' && sms.error.message).toContain('dysms:QuerySmsTemplateList')
  },
)

it.each([
  ['accessKeyId', 'LTAIunknown', 'InvalidAccessKeyId.NotFound'],
  ['accessKeySecret', 'NotTheSecret', 'SignatureDoesNotMatch'],
])('says that the %s is wrong', async (field, value, code) => {
  await using bench = await startBench({ [field]: value })

  const { sms } = await bench.notify.verify()

  expect(sms).toMatchObject({ status: 'failed', error: { code: 'UNAUTHORIZED', provider: { code } } })
  expect(findSecrets(sms, [...secretsOf(bench.fake), value])).toEqual([])
})

it('corrects the clock, so that the first send is not refused for it', async () => {
  await using bench = await startBench()
  bench.fake.refuseNext('InvalidTimeStamp.Expired')

  expect((await bench.notify.verify()).sms.status).toBe('ok')
})
