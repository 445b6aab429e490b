/** Defects that were found in other notification SDKs, each checked here on all five channels at once. */
import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { setStage, USER, type Stage } from '../../demo/stage.ts'
import { createNotify, type NotifyError } from '../../src/index.ts'
import { FakeClock, findSecrets } from '../../src/testing/index.ts'

const DEVICE = 'a1b2c3d4e5f60718'.repeat(4)

let stage: Stage

beforeAll(async () => {
  stage = await setStage()
})

afterAll(async () => {
  await createNotify({ channels: stage.channels }).close()
  await stage.close()
})

const notify = () => createNotify({ channels: stage.channels, retry: false })
type Channel = keyof Stage['channels']
const CHANNELS: readonly Channel[] = ['email', 'sms', 'wechat', 'apns', 'websocket']

/** A message each provider accepts. */
function valid(): Record<Channel, unknown> {
  const { openid, template } = stage.fakes.wechat.miniProgram
  return {
    email: { to: 'ann@example.com', subject: 'Receipt', text: 'Paid.' },
    sms: { to: '13800138000', template: 'SMS_154950909', params: { code: '123456' } },
    wechat: { to: openid, template, data: { thing1: '包裹已送达', time2: '2026-01-01 15:01' } },
    apns: { to: DEVICE, title: 'Parcel' },
    websocket: { to: { user: USER }, title: 'Parcel' },
  }
}

const acceptedByAll = () => {
  const { mail, text, wechat, apple } = stage.fakes
  return [mail, text, wechat, apple].map(({ accepted }) => accepted.length)
}

describe('a success that addressed nobody', () => {
  it.each(['emial', 'push', 'channels', 'hasOwnProperty'])(
    'is not reported for the channel "%s"',
    async (channel) => {
      const before = acceptedByAll()

      const result = await notify().send(channel as Channel, valid().email as never)

      expect(result).toMatchObject({ status: 'failed', error: { code: 'UNKNOWN_CHANNEL' } })
      expect(acceptedByAll()).toEqual(before)
    },
  )

  it.each(CHANNELS)('is not reported for an empty message on %s', async (channel) => {
    for (const empty of [undefined, null, {}, [], ''] as never[]) {
      const result = await notify().send(channel, empty)
      expect(result).toMatchObject({ status: 'failed', error: { code: 'INVALID_MESSAGE' }, attempts: [] })
    }
  })

  it.each(CHANNELS)('is not reported for an empty list of recipients on %s', async (channel) => {
    const result = await notify().send(channel, { ...(valid()[channel] as object), to: [] } as never)

    expect(result).toMatchObject({ status: 'failed', error: { code: 'INVALID_MESSAGE' } })
  })

  it('is not reported for a user with no connection: what is kept is called stored, what is not kept fails', async () => {
    const message = { to: { user: 'nobody-is-here' }, title: 'Parcel' }

    const kept = await notify().send('websocket', message)
    const lost = await notify().send('websocket', { ...message, store: false })

    expect(kept).toMatchObject({
      status: 'sent',
      receipt: { outcome: 'stored', stored: true, connections: 0 },
    })
    expect(lost).toMatchObject({
      status: 'failed',
      error: { code: 'RECIPIENT_OFFLINE', delivery: 'not_sent' },
    })
  })
})

describe('a provider that hangs', () => {
  it.each(['email', 'sms', 'wechat', 'apns'] as const)('ends at the deadline on %s', async (channel) => {
    const { mail, text, wechat, apple } = stage.fakes
    const fakes = { email: mail, sms: text, wechat, apns: apple }
    const clock = new FakeClock()
    const hung = fakes[channel].failNext('stall')

    const sending = createNotify({ channels: stage.channels, clock }).send(channel, valid()[channel] as never)
    await hung
    await clock.advance(60_000)

    const result = await sending
    expect(result).toMatchObject({ status: 'failed', error: { code: 'TIMED_OUT', delivery: 'unknown' } })
    expect(result.attempts).toHaveLength(1)
  })
})

describe('an error flattened to a text', () => {
  it('is not what a refusal becomes: code, provider’s code, text and class are kept on every channel', async () => {
    const { mail, text, wechat, apple } = stage.fakes
    mail.refuseNext({ command: 'RCPT', reply: '550 5.1.1 No such user' })
    text.refuseNext('isv.MOBILE_NUMBER_ILLEGAL', { message: '非法手机号' })
    wechat.refuseNext(43101, 'user refuse to accept the msg')
    apple.refuseNext('BadDeviceToken')

    const results = await Promise.all(
      (['email', 'sms', 'wechat', 'apns'] as const).map((channel) =>
        notify().send(channel, valid()[channel] as never),
      ),
    )

    for (const result of results) {
      expect(result).toMatchObject({
        status: 'failed',
        error: { code: 'RECIPIENT_REJECTED', delivery: 'not_sent' },
      })
    }
    const codes = results.map((result) => (result.status === 'failed' ? result.error.provider?.code : ''))
    expect(codes).toEqual(['550 5.1.1', 'isv.MOBILE_NUMBER_ILLEGAL', '43101', 'BadDeviceToken'])
  })
})

describe('a secret in an error', () => {
  const PLANTED = 'PLANTED-SECRET-91c2'

  it.each(CHANNELS)('is not shown by the driver or the SDK of %s when inspected', (channel) => {
    const driver = stage.channels[channel]
    const { apple, text, wechat } = stage.fakes
    const secrets = [
      apple.credentials.key,
      text.credentials.accessKeySecret,
      wechat.miniProgram.config.appSecret,
    ]

    expect(findSecrets(driver, secrets)).toEqual([])
    expect(findSecrets(notify(), secrets)).toEqual([])
    expect(inspect(driver, { showHidden: true, depth: 9 })).not.toContain('shop-secret')
  })

  it.each(CHANNELS)('is not shown by what is wrong with a message on %s', async (channel) => {
    const wrong = {
      to: 7,
      title: 1,
      [PLANTED]: PLANTED,
      data: PLANTED,
      params: PLANTED,
      subject: [PLANTED],
      raw: PLANTED,
    }

    const result = await notify().send(channel, wrong as never)

    const { error } = result as { error: NotifyError }
    expect(error.code).toBe('INVALID_MESSAGE')
    expect(error.issues?.length).toBeGreaterThan(1)
    const withoutFieldNames = JSON.stringify(result).replaceAll(/Unrecognized key[^;"]*"[^"]*"/g, '')
    expect(withoutFieldNames.split(PLANTED).length - 1).toBeLessThanOrEqual(2)
  })
})
