/** The fake accepts what the untouched SDK signs, and our driver asks for the same as the SDK does. */
import { createRequire } from 'node:module'
import { expect, it } from 'vitest'
import { startFakeAliyun, type FakeAliyun } from '../../../src/channels/sms/fake.ts'
import { aliyun } from '../../../src/channels/sms/index.ts'
import { createNotify } from '../../../src/facade/notify.ts'
import { numberOf, parcels, startBatchBench } from './batch-support.ts'
import { CODE, PHONE, SIGN, TEMPLATE } from './support.ts'

interface StockClient {
  sendSms(request: object): Promise<{ body: { code: string; message: string; bizId: string } }>
  sendBatchSms(request: object): Promise<{ body: { code: string; message: string; bizId: string } }>
  querySmsTemplateList(request: object): Promise<{ body: { smsTemplateList: { templateCode: string }[] } }>
}
interface Sdk {
  readonly default: new (config: object) => StockClient
  readonly SendSmsRequest: new (fields: object) => object
  readonly SendBatchSmsRequest: new (fields: object) => object
  readonly QuerySmsTemplateListRequest: new (fields: object) => object
}

const sdk = createRequire(import.meta.url)('@alicloud/dysmsapi20170525') as Sdk
const FIELDS = {
  phoneNumbers: PHONE,
  signName: SIGN,
  templateCode: TEMPLATE,
  templateParam: JSON.stringify({ code: CODE }),
  outId: 'order-42',
}

function stock({ endpoint, credentials }: FakeAliyun, keys: object = {}): StockClient {
  const { host } = new URL(endpoint)
  return new sdk.default({ ...credentials, ...keys, endpoint: host, protocol: 'HTTP' })
}

it('the stock client sends to the fake', async () => {
  await using fake = await startFakeAliyun()

  const { body } = await stock(fake).sendSms(new sdk.SendSmsRequest(FIELDS))

  expect(body).toMatchObject({ code: 'OK', message: 'OK', bizId: fake.accepted[0]?.bizId })
  expect(fake.accepted).toMatchObject([
    { phoneNumber: PHONE, templateParam: { code: CODE }, outId: 'order-42' },
  ])
})

it('our driver and the stock client ask for the same message', async () => {
  await using fake = await startFakeAliyun()
  const notify = createNotify({
    retry: false,
    breaker: false,
    idempotency: false,
    channels: { sms: aliyun({ ...fake.credentials, endpoint: fake.endpoint, signName: SIGN }) },
  })

  await stock(fake).sendSms(new sdk.SendSmsRequest(FIELDS))
  await notify.send('sms', { to: PHONE, template: TEMPLATE, params: { code: CODE }, outId: 'order-42' })
  await notify.close()

  const [theirs, ours] = fake.accepted.map((sms) => ({ ...sms, bizId: '', sentAt: 0 }))
  expect(ours).toEqual(theirs)
})

it('our driver and the stock client ask for the same batch', async () => {
  await using bench = await startBatchBench()
  const batch = new sdk.SendBatchSmsRequest({
    phoneNumberJson: JSON.stringify([0, 1, 2].map(numberOf)),
    signNameJson: JSON.stringify([SIGN, SIGN, SIGN]),
    templateCode: 'SMS_2',
    templateParamJson: JSON.stringify([0, 1, 2].map((index) => ({ day: `day-${index}` }))),
    smsUpExtendCodeJson: JSON.stringify(['7', '7', '7']),
    outId: 'any',
  })

  const { body } = await stock(bench.fake).sendBatchSms(batch)
  const begun = bench.begin(parcels(3, { smsUpExtendCode: '7' }))
  await bench.closeWindow()
  await Promise.all(begun.map(({ outcome }) => outcome))

  const all = bench.fake.accepted.map((sms) => ({ ...sms, bizId: '', outId: '', sentAt: 0 }))
  expect(body).toMatchObject({ code: 'OK', message: 'OK', bizId: bench.fake.accepted[0]?.bizId })
  expect(bench.fake.calls).toEqual(['SendBatchSms', 'SendBatchSms'])
  expect(all.slice(3)).toEqual(all.slice(0, 3))
})

it('the stock client lists the fake’s templates', async () => {
  await using fake = await startFakeAliyun()

  const { body } = await stock(fake).querySmsTemplateList(
    new sdk.QuerySmsTemplateListRequest({ pageSize: 1 }),
  )

  expect(body.smsTemplateList.map(({ templateCode }) => templateCode)).toEqual([TEMPLATE])
})

it('the stock client’s temporary credentials are checked too', async () => {
  await using fake = await startFakeAliyun({ securityToken: 'StsTokenOfTheDay' })
  const send = (keys: object) => stock(fake, keys).sendSms(new sdk.SendSmsRequest(FIELDS))

  expect((await send({})).body.code).toBe('OK')
  await expect(send({ securityToken: 'StsTokenOfYesterday' })).rejects.toMatchObject({
    code: 'InvalidSecurityToken.Expired',
  })
})

it.each([
  ['SignatureDoesNotMatch', { accessKeySecret: 'wrong' }],
  ['InvalidAccessKeyId.NotFound', { accessKeyId: 'LTAIunknown' }],
])('the stock client is refused with %s', async (code, keys) => {
  await using fake = await startFakeAliyun()

  await expect(stock(fake, keys).sendSms(new sdk.SendSmsRequest(FIELDS))).rejects.toMatchObject({ code })
  expect(fake.accepted).toEqual([])
})
