/** Every scheme that a DSN may have. */
import type { AnyNotifier } from '../../core/notifier.ts'
import { aliyunScheme, tencentScheme } from './sms-schemes.ts'
import { authorityOf, DEFAULT_HOST, endpointOf, type Scheme, type Values } from './scheme.ts'
import type { Dsn } from './parse.ts'
import type { OptionSpecs } from './options.ts'

const text = { kind: 'text' } as const
const number = { kind: 'number' } as const
const boolean = { kind: 'boolean' } as const
const file = { kind: 'file' } as const

const SMTP_OPTIONS: OptionSpecs = {
  from: text,
  name: text,
  requireTLS: boolean,
  proxy: text,
  relaySigns: boolean,
  maxRecipients: number,
  maxBytes: number,
  maxConnections: { kind: 'number', to: 'pool.maxConnections' },
  maxMessages: { kind: 'number', to: 'pool.maxMessages' },
  ca: { kind: 'file', to: 'tls.ca' },
  servername: { kind: 'text', to: 'tls.servername' },
  rejectUnauthorized: { kind: 'boolean', to: 'tls.rejectUnauthorized' },
}

function smtpScheme(secure: boolean): Scheme {
  const scheme = secure ? 'smtps' : 'smtp'
  return {
    example: `${scheme}://user:password@smtp.example.com${secure ? '' : ':587'}?from=shop@example.com`,
    login: 'optional',
    loginNames: ['a user name', 'a password'],
    options: SMTP_OPTIONS,
    config: ({ host, port, user, password }) => ({
      host,
      ...(port !== undefined && { port }),
      ...(secure && { secure }),
      ...(user !== '' && { auth: { user, pass: password } }),
    }),
    load: async () => {
      const { SmtpDriver } = await import('../../channels/email/driver.ts')
      return made(SmtpDriver)
    },
  }
}

const WECHAT_OPTIONS: OptionSpecs = {
  endpoint: text,
  proxy: text,
  ca: file,
  maxSockets: number,
  overflow: text,
  allowForceRefresh: { kind: 'boolean', to: 'token.allowForceRefresh' },
}

const wechat = {
  login: 'both',
  loginNames: ['an appId', 'an appSecret'],
  config: (dsn: Dsn) => ({
    appId: dsn.user,
    appSecret: dsn.password,
    ...withEndpoint(dsn),
  }),
} as const

const miniProgram: Scheme = {
  ...wechat,
  example: 'wechat-mini-program://appId:appSecret@default',
  options: { ...WECHAT_OPTIONS, lang: text, state: { kind: 'text', to: 'miniprogramState' } },
  load: async () => {
    const { MiniProgramDriver } = await import('../../channels/wechat/mini-program.ts')
    return made(MiniProgramDriver)
  },
}

const officialAccount: Scheme = {
  ...wechat,
  example: 'wechat-official-account://appId:appSecret@default',
  options: WECHAT_OPTIONS,
  load: async () => {
    const { OfficialAccountDriver } = await import('../../channels/wechat/official-account.ts')
    return made(OfficialAccountDriver)
  },
}

const apns: Scheme = {
  example: 'apns://keyId:teamId@default?key=./AuthKey.p8&bundleId=com.example.app&environment=sandbox',
  login: 'both',
  loginNames: ['a keyId', 'a teamId'],
  options: {
    key: { kind: 'path' },
    bundleId: text,
    environment: text,
    ca: file,
    maxInFlight: number,
  },
  config: ({ user, password, host, port }, { key, environment = 'production' }) => ({
    auth: { type: 'token', keyId: user, teamId: password, key: { path: key } },
    environment,
    key: undefined,
    ...(host !== DEFAULT_HOST && { host }),
    ...(port !== undefined && { port }),
  }),
  load: async () => {
    const { ApnsDriver } = await import('../../channels/apns/driver.ts')
    return made(ApnsDriver)
  },
}

function centrifugoScheme(protocol: 'http' | 'https'): Scheme {
  const isPlain = protocol === 'http'
  return {
    example: `${isPlain ? 'centrifugo' : 'centrifugos'}://:apiKey@${isPlain ? 'localhost:8000' : 'push.example.com'}`,
    login: 'password',
    loginNames: ['nothing', 'an apiKey'],
    hasPath: true,
    options: {
      apiPath: text,
      allowHttp: boolean,
      allChannel: text,
      checkPresence: boolean,
      deduplicates: boolean,
      maxOutboundBytes: number,
      maxSockets: number,
      ca: file,
    },
    config: ({ password, host, port, path }) => ({
      endpoint: `${protocol}://${authorityOf(host, port)}${path}`,
      apiKey: password,
    }),
    load: async () => {
      const { CentrifugoDriver } = await import('../../channels/websocket/centrifugo/driver.ts')
      return made(CentrifugoDriver)
    },
  }
}

/** The driver reads its configuration itself, whatever its type. */
function made<Config>(driver: new (config: Config) => unknown): (config: Values) => AnyNotifier {
  return (config) => new driver(config as Config) as AnyNotifier
}

function withEndpoint(dsn: Dsn): Values {
  const endpoint = endpointOf(dsn)
  return endpoint === undefined ? {} : { endpoint }
}

export const SCHEMES: Readonly<Record<string, Scheme>> = {
  smtp: smtpScheme(false),
  smtps: smtpScheme(true),
  aliyun: aliyunScheme,
  tencent: tencentScheme,
  'wechat-mini-program': miniProgram,
  'wechat-official-account': officialAccount,
  apns,
  centrifugo: centrifugoScheme('http'),
  centrifugos: centrifugoScheme('https'),
}
