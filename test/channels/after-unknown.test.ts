/** What a durable delivery does, channel by channel, after an attempt that the provider took and did not answer. */
import { describe, expect, it } from 'vitest'
import { startFakeApns } from '../../src/channels/apns/fake.ts'
import { apns } from '../../src/channels/apns/index.ts'
import { startFakeSmtp } from '../../src/channels/email/fake.ts'
import { smtp } from '../../src/channels/email/index.ts'
import { startFakeAliyun, startFakeTencent } from '../../src/channels/sms/fake.ts'
import { aliyun, tencent } from '../../src/channels/sms/index.ts'
import { startFakeCentrifugo } from '../../src/channels/websocket/fake.ts'
import { centrifugo, websocket } from '../../src/channels/websocket/index.ts'
import { startFakeWechat } from '../../src/channels/wechat/fake.ts'
import { miniProgram, officialAccount } from '../../src/channels/wechat/index.ts'
import type { ProviderFake } from '../../src/core/fake.ts'
import type { AnyNotifier } from '../../src/core/notifier.ts'
import { createNotify, failover } from '../../src/index.ts'
import { memoryOutbox } from '../../src/testing/index.ts'

interface Case {
  readonly fake: ProviderFake
  readonly driver: AnyNotifier
  readonly message: object
}

/** Delivers one message through an outbox to a provider that takes the first attempt and breaks the line. */
async function deliver({ fake, driver, message }: Case) {
  const retry = { baseDelayMs: 1, maxDelayMs: 1 }
  const notify = createNotify({ channels: { it: driver }, outbox: { engine: memoryOutbox(), retry } })
  void fake.failNext('reset_accepted')
  const { id } = await notify.enqueue('it', message)
  const status = async () => (await notify.status(id))?.status
  await expect.poll(status, { timeout: 5_000 }).toBeOneOf(['sent', 'failed', 'skipped', 'unknown'])
  const story = await notify.status(id)
  await notify.close()
  return story
}

describe('an attempt that the provider took and did not answer', () => {
  it('is followed by another e-mail with the same Message-ID', async () => {
    await using fake = await startFakeSmtp()
    const driver = smtp({ host: fake.host, port: fake.port, from: 'shop@example.com' })
    const message = { to: 'ann@example.org', subject: 'Your receipt', text: 'Thank you.' }

    const story = await deliver({ fake, driver, message })

    const ids = fake.accepted.map(({ raw }) => /^message-id: *(<[^>]+>)/im.exec(raw.toString())?.[1])
    expect(story).toMatchObject({ status: 'sent' })
    expect(ids).toEqual([ids[0], ids[0]])
    expect(ids[0]).toMatch(/^<.+@example\.com>$/)
  })

  it('is followed by another subscribe message, which finds the subscription used up', async () => {
    await using fake = await startFakeWechat()
    const { config, openid, template } = fake.miniProgram
    fake.miniProgram.setCredits(openid, template, 1)
    const message = { to: openid, template, data: { thing1: 'Parcel', time2: '15:01' } }

    const story = await deliver({ fake, driver: miniProgram(config), message })

    expect(story).toMatchObject({ status: 'unknown', error: { provider: { code: '43101' } } })
    expect(fake.accepted).toHaveLength(1)
  })

  it('is followed by another template message, which WeChat knows already', async () => {
    await using fake = await startFakeWechat()
    const { config, openid, template } = fake.officialAccount
    const message = { to: openid, template, data: { thing1: 'Parcel', time2: '15:01' } }

    const story = await deliver({ fake, driver: officialAccount(config), message })

    expect(story).toMatchObject({ status: 'sent', attempts: [{}, {}] })
    expect(fake.accepted).toHaveLength(1)
  })

  it('is followed by another publication, which Centrifugo knows already', async () => {
    await using fake = await startFakeCentrifugo()
    const message = { to: { user: '1001' }, title: 'Order shipped' }

    const story = await deliver({ fake, driver: centrifugo(fake.config), message })

    expect(story).toMatchObject({ status: 'sent', attempts: [{}, {}] })
    expect(fake.accepted).toHaveLength(1)
  })

  it('is held where it was a push, because a second alert would be shown', async () => {
    await using fake = await startFakeApns()
    const message = { to: 'ab'.repeat(32), title: 'Parcel' }

    const story = await deliver({ fake, driver: apns(fake.config), message })

    expect(story).toMatchObject({ status: 'unknown', attempts: [{}] })
    expect(fake.accepted).toHaveLength(1)
  })

  it('is held where it was a text through Tencent Cloud, which cannot be asked', async () => {
    await using fake = await startFakeTencent()
    const templates = { login: { id: '449739', params: ['code', 'minutes'] } }
    const config = { ...fake.credentials, endpoint: fake.endpoint, signName: '腾讯云', templates }
    const message = { to: '13912345678', template: 'login', params: { code: '4821', minutes: 5 } }

    const story = await deliver({ fake, driver: tencent(config), message })

    expect(story).toMatchObject({ status: 'unknown', attempts: [{}] })
    expect(fake.accepted).toHaveLength(1)
  })

  it('is held where one of several providers would send a second text', async () => {
    await using fake = await startFakeAliyun()
    await using other = await startFakeAliyun()
    const signName = '阿里云短信测试'
    const [one, two] = [fake, other].map(({ credentials, endpoint }) =>
      aliyun({ ...credentials, endpoint, signName }),
    ) as [ReturnType<typeof aliyun>, ReturnType<typeof aliyun>]
    const message = { to: '13912345678', template: 'SMS_154950909', params: { code: '123456' } }

    const story = await deliver({ fake, driver: failover(one, two), message })

    expect(story).toMatchObject({ status: 'unknown', attempts: [{}] })
    expect([fake.accepted, other.accepted].map(({ length }) => length)).toEqual([1, 0])
  })
})

it('may be followed by another through any of several providers, where all of them know ids', () => {
  const hub = websocket({ jwt: { keys: ['a-secret-of-at-least-thirty-two-bytes'] } })
  const account = officialAccount({ appId: 'wx0123456789abcdef', appSecret: '0'.repeat(32) })
  const config = { endpoint: 'https://push.example.com', apiKey: 'key' }
  const nats = centrifugo({ ...config, deduplicates: false })

  expect(failover(account, account).onUnknown).toBe('retry')
  expect(failover(hub, centrifugo(config)).onUnknown).toBe('retry')
  expect(failover(hub, nats).onUnknown).toBe('hold')
})
