/** `createNotify({ sandbox })`: an application as it stands, that sends nothing to anybody. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { apns } from '../../src/channels/apns/index.ts'
import { smtp } from '../../src/channels/email/index.ts'
import { aliyun, tencent } from '../../src/channels/sms/index.ts'
import { connectFakeDevice } from '../../src/channels/websocket/fake.ts'
import { websocket } from '../../src/channels/websocket/index.ts'
import { miniProgram } from '../../src/channels/wechat/index.ts'
import { createNotify, failover, Notifier, NotifyError, type Receipt } from '../../src/index.ts'
import { createSandbox } from '../../src/sandbox/sandbox.ts'
import { MESSAGES } from './support/bench.ts'
import { selfSignedKey } from './support/key.ts'

/** As in production; none of these hosts is ever asked. */
function productionChannels() {
  const signName = '示例商城'
  return {
    email: smtp({ host: 'smtp.invalid', auth: { user: 'shop', pass: 'hunter2' }, from: 'shop@example.com' }),
    sms: failover(
      aliyun({
        accessKeyId: 'LTAIreal',
        accessKeySecret: 'real-secret',
        signName,
        templates: { code: { code: 'SMS_1', params: ['code'] } },
      }),
      tencent({
        ...{ secretId: 'AKIDreal', secretKey: 'real', smsSdkAppId: '1400000001', signName },
        templates: { code: { id: '1', params: ['code'] } },
      }),
    ),
    wechat: miniProgram({ appId: 'wx1234567890abcdef', appSecret: 'f'.repeat(32) }),
    push: apns({
      auth: { type: 'token', key: selfSignedKey(), keyId: 'ABCDEFGHIJ', teamId: 'KLMNOPQRST' },
      environment: 'production',
      bundleId: 'com.example.shop',
    }),
  }
}

async function startSandbox() {
  const sandbox = await createSandbox()
  onTestFinished(() => sandbox.close())
  return sandbox
}

describe('sandbox mode', () => {
  it('sends every channel to the sandbox without a change in the code that sends', async () => {
    const sandbox = await startSandbox()
    const notify = createNotify({ channels: productionChannels(), sandbox })
    onTestFinished(() => notify.close())

    const results = [
      await notify.send('email', MESSAGES.email),
      await notify.send('sms', { to: '13800138000', template: 'code', params: { code: '123456' } }),
      await notify.send('wechat', MESSAGES.wechat),
      await notify.send('push', MESSAGES.apns),
    ]

    expect(results.map(({ status }) => status)).toEqual(['sent', 'sent', 'sent', 'sent'])
    for (const channel of ['email', 'sms', 'wechat', 'apns'] as const) {
      expect(await sandbox.waitFor({ channel })).toMatchObject({ channel, outcome: 'accepted' })
    }
  })

  it('tells the inbox how each delivery came about, tries and waits included', async () => {
    const sandbox = await startSandbox()
    sandbox.injectFault({ provider: 'smtp', refusal: 'MESSAGE 451 4.3.0 Try again later' })
    const notify = createNotify({ channels: productionChannels(), sandbox, retry: { baseDelayMs: 1 } })

    const result = await notify.send('email', MESSAGES.email)
    await notify.close()

    const types = ['accepted', 'attempt', 'retry', 'attempt', 'sent']
    for (const outcome of ['refused', 'accepted'] as const) {
      const { trace } = await sandbox.waitFor({ outcome })
      expect(trace).toMatchObject({ deliveryId: result.id, channel: 'email' })
      expect(trace?.steps.map(({ type }) => type)).toEqual(types)
    }
  })

  it('goes to an inbox that another process serves, by its URL', async () => {
    const sandbox = await startSandbox()
    const notify = createNotify({ channels: productionChannels(), sandbox: sandbox.url })
    onTestFinished(() => notify.close())

    const result = await notify.send('email', MESSAGES.email)

    expect(result.status).toBe('sent')
    expect(await notify.verify()).toMatchObject({ email: { status: 'ok' } })
  })

  it('fails over as in production', async () => {
    const sandbox = await startSandbox()
    sandbox.injectFault({ provider: 'aliyun', refusal: 'isv.AMOUNT_NOT_ENOUGH' })
    const notify = createNotify({ channels: productionChannels(), sandbox })
    onTestFinished(() => notify.close())

    const result = await notify.send('sms', {
      to: '13800138000',
      template: 'code',
      params: { code: '123456' },
    })

    expect(result).toMatchObject({ status: 'sent', provider: 'tencent' })
  })

  it('shows what the application’s own WebSocket connections are told', async () => {
    const sandbox = await startSandbox()
    const live = websocket({ jwt: { keys: ['k'.repeat(32)] } })
    const { url } = await live.listen()
    const notify = createNotify({ channels: { live }, sandbox })
    onTestFinished(() => notify.close())
    await using device = await connectFakeDevice(url, {
      token: live.issueToken({ user: 'ann' }),
      autoAck: true,
    })

    await notify.send('live', { to: { user: 'ann' }, title: 'Your parcel', confirm: 'ack' })

    await device.settled()
    expect(await sandbox.waitFor({ channel: 'websocket', to: '#ann' })).toMatchObject({
      provider: 'websocket',
      view: {
        channel: '#ann',
        title: 'Your parcel',
        connections: 1,
        acks: [{ user: 'ann', type: 'acknowledged' }],
      },
    })
  })

  it('refuses a driver that would send for real', () => {
    class Webhook extends Notifier<{ text: string }> {
      readonly provider = 'webhook'
      protected readonly schema = {
        '~standard': { version: 1, vendor: 'x', validate: (value: unknown) => ({ value }) },
      } as never
      protected deliver(): Promise<Receipt> {
        throw new Error('sent for real')
      }
      protected toError(cause: unknown): NotifyError {
        return new NotifyError('DRIVER_FAILED', 'failed', { cause })
      }
    }

    expect(() => createNotify({ channels: { hook: new Webhook() }, sandbox: true })).toThrow(
      /channels.hook: .* would send for real/,
    )
  })

  it.each([7, 'inbox', {}])('refuses %j as a sandbox', (sandbox) => {
    expect(() => createNotify({ channels: {}, sandbox: sandbox as never })).toThrow(
      'sandbox: expected true, the http:// URL',
    )
  })

  it('says that it cannot be reached where it is gone, and sends nothing elsewhere', async () => {
    const gone = await createSandbox()
    await gone.close()
    const notify = createNotify({ channels: productionChannels(), sandbox: gone.url, retry: false })
    onTestFinished(() => notify.close())

    const result = await notify.send('email', MESSAGES.email)

    expect(result).toMatchObject({ status: 'failed', error: { code: 'UNAVAILABLE', delivery: 'not_sent' } })
  })
})
