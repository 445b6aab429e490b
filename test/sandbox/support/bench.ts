/** A sandbox with a Notify that sends to it on every channel through the real drivers. */
import { apns } from '../../../src/channels/apns/index.ts'
import { smtp } from '../../../src/channels/email/index.ts'
import { aliyun, tencent } from '../../../src/channels/sms/index.ts'
import { centrifugo } from '../../../src/channels/websocket/index.ts'
import { miniProgram, officialAccount } from '../../../src/channels/wechat/index.ts'
import { createNotify } from '../../../src/index.ts'
import type { CapturedMessage, MessageList } from '../../../src/sandbox/index.ts'
import { createSandbox, type Sandbox, type SandboxOptions } from '../../../src/sandbox/sandbox.ts'

export const TEMPLATE = 'T'.repeat(43)
export const OPENID = `o${'6'.repeat(27)}`
export const TOKEN = 'ab'.repeat(32)

/** One message for each channel, by the channel. */
export const MESSAGES = {
  email: { to: 'ann@example.com', subject: 'Your receipt', text: 'Paid.', html: '<p>Paid.</p>' },
  sms: { to: '13800138000', template: 'SMS_154950909', params: { code: '123456' } },
  tencent: { to: '13800138000', template: 'code', params: { code: '123456', minutes: '5' } },
  wechat: { to: OPENID, template: TEMPLATE, data: { thing1: 'Parcel', time2: '2026-11-27 10:00' } },
  account: { to: OPENID, template: TEMPLATE, data: { thing1: 'Parcel', time2: '2026-11-27 10:00' } },
  apns: { to: TOKEN, title: 'Your parcel', body: 'It is at the door' },
  live: { to: { user: 'ann' }, title: 'Your parcel', body: 'It is at the door' },
} as const

export async function startBench(options: SandboxOptions = {}) {
  const smsTemplates = {
    SMS_154950909: '您的验证码为：${code}，请勿泄露于他人！',
    449739: '您的动态验证码为{1}，{2}分钟内有效。',
  }
  const sandbox = await createSandbox({ smsTemplates, ...options })
  const channels = channelsOf(sandbox)
  const notify = createNotify({ channels, retry: false, breaker: false, attemptTimeoutMs: 2_000 })
  const close = async () => {
    await notify.close()
    await sandbox.close()
  }
  return { sandbox, notify, api: apiOf(sandbox.url), [Symbol.asyncDispose]: close }
}

/** What the sandbox says that a driver is to be told, a null for what it is not to have. */
function settingsOf(sandbox: Sandbox, provider: string): never {
  const { config = {} } = sandbox.connections.providers.find((one) => one.provider === provider) ?? {}
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null)) as never
}

function channelsOf(sandbox: Sandbox) {
  const of = (provider: string): object => settingsOf(sandbox, provider)
  return {
    email: smtp({ ...(of('smtp') as { host: string }), from: { name: 'Shop', address: 'shop@example.com' } }),
    sms: aliyun({ ...(of('aliyun') as { accessKeyId: string }), signName: '示例商城' }),
    tencent: tencent({
      ...(of('tencent') as { secretId: string; secretKey: string; smsSdkAppId: string }),
      signName: '示例商城',
      templates: { code: { id: '449739', params: ['code', 'minutes'] } },
    }),
    wechat: miniProgram(settingsOf(sandbox, 'wechat-mini-program')),
    account: officialAccount(settingsOf(sandbox, 'wechat-official-account')),
    apns: apns({ ...(of('apns') as Parameters<typeof apns>[0]), bundleId: 'com.example.shop' }),
    live: centrifugo(settingsOf(sandbox, 'centrifugo')),
  }
}

/** The inbox as any program sees it. */
function apiOf(url: string) {
  const call = async (method: string, path: string, body?: unknown) => {
    const json =
      body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
    const response = await fetch(`${url}${path}`, { method, ...json })
    const text = await response.text()
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: text.startsWith('{') ? (JSON.parse(text) as unknown) : undefined,
    }
  }
  return {
    call,
    list: async (query = '') => (await call('GET', `/api/messages${query}`)).json as MessageList,
    newest: async () => {
      const { messages } = (await call('GET', '/api/messages?limit=1')).json as MessageList
      return (await call('GET', `/api/messages/${messages[0]?.id ?? ''}`)).json as CapturedMessage
    },
  }
}
