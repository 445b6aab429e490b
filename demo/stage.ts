/** Starts a provider of each kind on 127.0.0.1, and the SDK that sends to them. */
import { Centrifuge } from 'centrifuge'
import { simpleParser } from 'mailparser'
import { WebSocket } from 'ws'
import { startFakeApns } from '../src/channels/apns/fake.ts'
import { apns } from '../src/channels/apns/index.ts'
import { startFakeSmtp } from '../src/channels/email/fake.ts'
import { smtp } from '../src/channels/email/index.ts'
import { startFakeAliyun } from '../src/channels/sms/fake.ts'
import { aliyun } from '../src/channels/sms/index.ts'
import { websocket } from '../src/channels/websocket/index.ts'
import { startFakeWechat } from '../src/channels/wechat/fake.ts'
import { miniProgram } from '../src/channels/wechat/index.ts'

export const USER = 'user-1001'

export type Stage = Awaited<ReturnType<typeof setStage>>

export async function setStage() {
  const [mail, text, wechat, apple, browser] = await Promise.all([
    startFakeSmtp({ users: { shop: 'secret' } }),
    startFakeAliyun(),
    startFakeWechat(),
    startFakeApns(),
    openBrowser(),
  ])
  const channels = {
    email: smtp({
      host: '127.0.0.1',
      port: mail.port,
      auth: { user: 'shop', pass: 'secret' },
      from: { name: 'Shop', address: 'shop@example.com' },
    }),
    sms: aliyun({ ...text.credentials, endpoint: text.endpoint, signName: '阿里云短信测试' }),
    wechat: miniProgram(wechat.miniProgram.config),
    apns: apns(apple.config),
    websocket: browser.hub,
  }
  const received = {
    email: async () => {
      const { from, to, raw } = mail.accepted.at(-1) ?? { from: '', to: [], raw: Buffer.alloc(0) }
      const { subject, text: body } = await simpleParser(raw)
      return { from, to, subject, text: body?.trim() }
    },
    sms: () => pick(text.accepted.at(-1), ['phoneNumber', 'text']),
    wechat: () => pick(wechat.accepted.at(-1), ['to', 'template', 'data', 'page']),
    apns: () => pick(apple.accepted.at(-1), ['to', 'topic', 'type', 'payload']),
    websocket: () => browser.received,
  }
  const close = async () => {
    browser.client.disconnect()
    await Promise.all([mail.close(), text.close(), wechat.close(), apple.close()])
  }
  return { channels, received, fakes: { mail, text, wechat, apple }, close }
}

/** A hub, and the official `centrifuge` client as a browser would run it. */
async function openBrowser() {
  const hub = websocket({ jwt: { keys: ['a secret of at least thirty-two bytes!'] } })
  const { url } = await hub.listen()
  const client = new Centrifuge(url, { token: hub.issueToken({ user: USER }), websocket: WebSocket })
  const received = new Promise<unknown>((resolve) => client.on('publication', ({ data }) => resolve(data)))
  client.connect()
  await client.ready(10_000)
  return { hub, client, received }
}

function pick<T, K extends keyof T>(value: T | undefined, keys: readonly K[]): Partial<Pick<T, K>> {
  const entries = value ? keys.map((key) => [key, value[key]] as const) : []
  return Object.fromEntries(entries) as Partial<Pick<T, K>>
}
