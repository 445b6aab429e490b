/** What a fakeNotify shows as rendered is what the real driver hands to its provider, byte for byte or field by field. */
import { expect, it } from 'vitest'
import { apns } from '../../src/channels/apns/index.ts'
import { startFakeApns } from '../../src/channels/apns/fake.ts'
import { smtp } from '../../src/channels/email/index.ts'
import { startFakeSmtp } from '../../src/channels/email/fake.ts'
import { aliyun, tencent } from '../../src/channels/sms/index.ts'
import { startFakeAliyun, startFakeTencent } from '../../src/channels/sms/fake.ts'
import { websocket } from '../../src/channels/websocket/index.ts'
import { startFakeAudience } from '../../src/channels/websocket/fake.ts'
import { miniProgram } from '../../src/channels/wechat/index.ts'
import { startFakeWechat } from '../../src/channels/wechat/fake.ts'
import { createNotify, failover, type AnyNotifier, type InputOf } from '../../src/index.ts'
import { FakeClock, fakeNotify } from '../../src/testing/index.ts'

/** Sends the message twice, by the fake driver and by the real one; under one key, of which most ids are made. */
async function sendBothWays<N extends AnyNotifier>(driver: N, message: InputOf<N>) {
  const real = createNotify({ channels: { it: driver } })
  const fake = fakeNotify({ channels: { it: driver } })
  const options = { idempotencyKey: 'order-42' }
  const faked = await fake.send('it', message, options)
  const sent = await real.send('it', message, options)
  expect([faked.status, sent.status]).toEqual(['sent', 'sent'])
  const [captured] = fake.sent('it')
  await real.close()
  return { rendered: captured?.rendered, fakeId: faked.id, realId: sent.id }
}

it('shows an e-mail as the very bytes that the server gets', async () => {
  await using server = await startFakeSmtp()
  const { host, port } = server
  const driver = smtp(
    { host, port, from: { name: 'Shop', address: 'shop@example.com' } },
    { clock: new FakeClock() },
  )

  const { rendered, fakeId, realId } = await sendBothWays(driver, {
    ...{
      to: { name: 'Ann', address: 'ann@example.com' },
      bcc: 'eve@example.net',
      subject: 'Ihr Päckchen ist da',
    },
    ...{ text: 'An der Tür', html: '<p>An der <b>Tür</b></p>' },
    attachments: [{ filename: 'beleg.txt', content: 'Bezahlt' }],
  })

  const [mail] = server.accepted
  expect(server.accepted).toHaveLength(1)
  expect(rendered?.raw.replaceAll(fakeId, realId)).toBe(mail?.raw.toString())
  expect(rendered?.raw).toMatch(/multipart\/mixed[\s\S]*text\/plain[\s\S]*text\/html[\s\S]*beleg\.txt/)
  expect(rendered?.envelope).toEqual({ from: mail?.from, to: mail?.to })
})

it('shows an SMS as the parameters that Aliyun gets', async () => {
  await using provider = await startFakeAliyun()
  const templates = { code: { code: 'SMS_154950909', params: ['code'], kind: 'verification' } } as const
  const { credentials, endpoint } = provider
  const driver = aliyun({ ...credentials, endpoint, signName: '阿里云短信测试', templates })

  const { rendered } = await sendBothWays(driver, {
    ...{ to: '138 0013 8000', template: 'code', params: { code: '123456' } },
  })

  const [sms] = provider.accepted
  expect(provider.accepted).toHaveLength(1)
  expect(rendered).toEqual({
    action: 'SendSms',
    params: {
      PhoneNumbers: sms?.phoneNumber,
      SignName: sms?.signName,
      TemplateCode: sms?.templateCode,
      TemplateParam: JSON.stringify(sms?.templateParam),
      OutId: sms?.outId,
    },
  })
})

it('shows an SMS as the provider gets it that stands in', async () => {
  await using provider = await startFakeTencent()
  const { credentials, endpoint } = provider
  const second = tencent({
    ...{ ...credentials, endpoint, signName: '腾讯云' },
    templates: { login: { id: '449739', params: ['code', 'minutes'] } },
  })
  const first = aliyun({
    ...{ accessKeyId: 'id', accessKeySecret: 'secret', signName: '示例商城' },
    templates: { login: { code: 'SMS_1', params: ['code', 'minutes'] } },
  })
  const message = { to: '13800138000', template: 'login', params: { code: '123456', minutes: '5' } }
  await using fake = fakeNotify({ channels: { sms: failover(first, second) } })
  fake.failNext('sms', 'provider')
  await using real = createNotify({ channels: { sms: second } })

  await fake.send('sms', message, { idempotencyKey: 'order-42' })
  await real.send('sms', message, { idempotencyKey: 'order-42' })

  const [sms] = provider.accepted
  const [captured] = fake.sent('sms')
  expect(captured?.provider).toBe('tencent')
  expect(captured?.rendered).toEqual({
    action: 'SendSms',
    params: {
      PhoneNumberSet: [sms?.phoneNumber],
      SmsSdkAppId: credentials.smsSdkAppId,
      SignName: sms?.signName,
      TemplateId: sms?.templateId,
      TemplateParamSet: sms?.templateParamSet,
      SessionContext: sms?.sessionContext,
    },
  })
})

it('shows a WeChat message as the body that the API gets', async () => {
  await using provider = await startFakeWechat()
  const { config, openid, template } = provider.miniProgram

  const { rendered } = await sendBothWays(miniProgram(config), {
    ...{ to: openid, template, page: 'pages/parcel?id=4711', lang: 'en_US' },
    data: { thing1: '包裹 4711', time2: '15:01' },
  })

  const [sent] = provider.accepted
  expect(provider.accepted).toHaveLength(1)
  expect(rendered).toEqual({
    path: '/cgi-bin/message/subscribe/send',
    body: {
      touser: sent?.to,
      template_id: sent?.template,
      data: Object.fromEntries(Object.entries(sent?.data ?? {}).map(([key, value]) => [key, { value }])),
      page: sent?.page,
      lang: sent?.lang,
      miniprogram_state: sent?.miniprogramState,
    },
  })
})

it('shows a push as the headers and the payload that APNs gets', async () => {
  await using provider = await startFakeApns()

  const { rendered } = await sendBothWays(apns(provider.config), {
    ...{
      to: 'ab'.repeat(32),
      priority: 5,
      title: 'Parcel',
      body: 'At the door',
      collapseId: 'parcel-7',
      data: { order: 7 },
    },
  })

  const [push] = provider.accepted
  expect(provider.accepted).toHaveLength(1)
  expect(rendered?.payload).toEqual(push?.payload)
  expect(rendered?.headers).toEqual({
    ':method': 'POST',
    ':scheme': 'https',
    ':authority': provider.host,
    ':path': `/3/device/${push?.to}`,
    'apns-id': push?.apnsId,
    'apns-topic': push?.topic,
    'apns-push-type': push?.type,
    'apns-priority': String(push?.priority),
    'apns-collapse-id': push?.collapseId,
  })
})

it('shows a WebSocket message as the frame that devices get', async () => {
  await using audience = await startFakeAudience()
  const driver = websocket({ jwt: { keys: ['0123456789abcdef0123456789abcdef'] } })
  const { url } = await driver.listen()
  await audience.join(url, { token: driver.issueToken({ user: '1001' }) })

  const { rendered } = await sendBothWays(driver, {
    ...{ to: { user: '1001' }, title: 'Shipped', data: { order: 7, note: 'größer' } },
  })

  const [publication] = audience.accepted
  expect(audience.accepted).toHaveLength(1)
  expect(rendered).toEqual({ push: { channel: publication?.channel, pub: { data: publication?.data } } })
})
