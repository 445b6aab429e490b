/** Settings of the WeChat drivers. */
import * as z from 'zod'
import { isLoopback } from '../../core/loopback.ts'
import { KEYWORD } from './field-values.ts'
import { LANGUAGES, MINI_PROGRAM_STATES, templateId } from './message-parts.ts'
import { explainRetired, RETIRED_SETTINGS } from './retired.ts'
import { isOneLine, ONE_LINE } from '../../core/plain-text.ts'
import type { TokenStore } from './token-store.ts'

const MAX_ALIAS = 100

const endpoint = z
  .string()
  .refine(isEndpoint, 'expected an https URL without query, fragment or credentials; http only for loopback')

const proxy = z
  .string()
  .refine(isProxy, 'expected the http or https URL of a proxy, its credentials percent-encoded')

const tokenStore = z.custom<TokenStore>(
  (value) =>
    ['get', 'set'].every((name) => typeof (value as Record<string, unknown> | null)?.[name] === 'function'),
  { error: 'expected an object with get and set' },
)

const template = z.union([
  templateId,
  z.strictObject({
    /** The template's id in WeChat's console. */
    id: templateId,
    /** Its keywords, such as `['thing1', 'time2']`: a message must then fill these and no others. */
    fields: z
      .array(z.string().regex(KEYWORD, 'expected a keyword such as thing1'))
      .min(1)
      .readonly()
      .optional(),
  }),
])

const alias = z
  .string()
  .min(1)
  .max(MAX_ALIAS, `expected at most ${MAX_ALIAS} characters`)
  .refine(isOneLine, ONE_LINE)

const account = {
  /** AppID of the account: `wx` and 16 hex digits. */
  appId: z.string().regex(/^wx[0-9a-f]{16}$/, 'expected wx and 16 hex digits'),
  /** AppSecret of the account: 32 characters. */
  appSecret: z.string().regex(/^\w{32}$/, 'expected 32 letters and digits'),
  /** Where the API lives: a gateway, or a fake on loopback. @default 'https://api.weixin.qq.com' */
  endpoint: endpoint.default('https://api.weixin.qq.com'),
  /** Names for your templates: an id, or an id with its fields. @default {} */
  templates: z.record(alias, template).default({}),
  /** What to do with a `thing` above 20 characters: refuse the message, or cut it to 19 and an ellipsis. @default 'error' */
  overflow: z.enum(['error', 'ellipsis']).default('error'),
  token: z
    .strictObject({
      /** Shares the access token between processes. @default none: each process asks WeChat, and is given the same token */
      store: tokenStore.optional(),
      /**
       * Lets the driver invalidate a token that WeChat refuses and yet still hands out. Every process loses its
       * token at that moment; WeChat allows it 20 times a day, 30 s apart. @default false
       */
      allowForceRefresh: z.boolean().default(false),
    })
    .prefault({}),
  /** URL of an HTTP proxy to tunnel through, with its credentials; loopback is reached directly. @default none, whatever the environment says */
  proxy: proxy.optional(),
  /** PEM certificates to trust instead of the system's. @default the system's */
  ca: z
    .string()
    .min(1)
    .refine((pem) => pem.isWellFormed(), 'expected PEM text')
    .optional(),
  /** Connections kept open at most; further sends wait for one. @default 64 */
  maxSockets: z.int().min(1).max(10_000).default(64),
}

export const officialAccountConfig = z.strictObject(account, { error: explainRetired(RETIRED_SETTINGS) })

export const miniProgramConfig = z.strictObject(
  {
    ...account,
    /** Language of the frame around your values. @default 'zh_CN' */
    lang: z.enum(LANGUAGES).default('zh_CN'),
    /** Which build of the mini-program a tap opens. @default 'formal' */
    miniprogramState: z.enum(MINI_PROGRAM_STATES).default('formal'),
  },
  { error: explainRetired(RETIRED_SETTINGS) },
)

export type OfficialAccountConfig = z.input<typeof officialAccountConfig>
export type MiniProgramConfig = z.input<typeof miniProgramConfig>
export type AccountSettings = z.output<typeof officialAccountConfig>

function isEndpoint(text: string): boolean {
  const url = urlOf(text)
  if (!url || [url.search, url.hash, url.username, url.password].some((part) => part !== '')) return false
  return url.protocol === 'https:' || isLoopback(url.hostname)
}

function isProxy(text: string): boolean {
  const url = urlOf(text)
  return url !== undefined && isDecodable(url.username) && isDecodable(url.password)
}

/** The URL where it is one of http or https. */
function urlOf(text: string): URL | undefined {
  if (!isOneLine(text) || /\s/.test(text) || !URL.canParse(text)) return undefined
  const url = new URL(text)
  return ['http:', 'https:'].includes(url.protocol) ? url : undefined
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}
