/**
 * Sends one message on every channel, through the real libraries over real sockets, to providers on 127.0.0.1.
 * `--json` prints one JSON object and nothing else.
 */
import { createNotify, type NotifyError } from '../src/index.ts'
import { printPretty, type ChannelReport, type DebugReport } from './print.ts'
import { setStage, USER, type Stage } from './stage.ts'

const DEVICE = 'a1b2c3d4e5f60718'.repeat(4)

const stage = await setStage()
const notify = createNotify({ channels: stage.channels })
const results = await sendOnEveryChannel(stage)
const debug = await failInDebugMode(stage)
await notify.close()
await stage.close()

if (process.argv.includes('--json')) {
  const lines = results.map(({ channel, status, provider, ms, received, error }) => {
    return { channel, status, provider, ms, received, error }
  })
  const { code, message, delivery, provider, cause } = debug.error
  const thrown = { code, message, delivery, provider, cause: String(cause) }
  process.stdout.write(`${JSON.stringify({ results: lines, debug: { channel: debug.channel, thrown } })}\n`)
} else {
  printPretty(results, debug)
}
if (results.some(({ status }) => status !== 'sent')) process.exitCode = 1

async function sendOnEveryChannel({ received, fakes }: Stage): Promise<ChannelReport[]> {
  const results = [
    await notify.send('email', {
      to: 'ann@example.com',
      subject: '收据 Receipt',
      text: 'Paid: ¥42. Thank you!',
    }),
    await notify.send('sms', { to: '13800138000', template: 'SMS_154950909', params: { code: '123456' } }),
    await notify.send('wechat', {
      to: fakes.wechat.miniProgram.openid,
      template: fakes.wechat.miniProgram.template,
      data: { thing1: '包裹已送达', time2: '2026-01-01 15:01' },
      page: 'pages/order?id=42',
    }),
    await notify.send('apns', { to: DEVICE, title: 'Parcel', body: 'It is at your door', badge: 1 }),
    await notify.send('websocket', { to: { user: USER }, title: 'Parcel', body: 'It is at your door' }),
  ]
  const reports = results.map(async (result) => {
    const channel = result.channel as keyof typeof received
    const ms = result.attempts.reduce((sum, attempt) => sum + attempt.ms, 0)
    return { ...result, channel, ms, received: result.status === 'sent' ? await received[channel]() : null }
  })
  return Promise.all(reports)
}

/** The same mail server refuses the next recipient: in debug mode the driver's own exception surfaces. */
async function failInDebugMode({ channels, fakes }: Stage): Promise<DebugReport> {
  fakes.mail.refuseNext({ command: 'RCPT', reply: '550 5.1.1 No such user' })
  const debugging = createNotify({ channels: { email: channels.email }, debug: true })
  try {
    await debugging.send('email', { to: 'nobody@example.com', subject: 'Receipt', text: 'Paid.' })
    throw new Error('The refused message was reported as sent')
  } catch (error) {
    return { channel: 'email', error: error as NotifyError }
  }
}
