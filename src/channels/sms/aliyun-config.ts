/** What the Aliyun driver needs to know. */
import * as z from 'zod'
import { isLoopback } from '../../core/loopback.ts'
import { MAX_NAME, signName } from './message.ts'
import { isOneLine, ONE_LINE } from '../../core/plain-text.ts'

/** Checks across fields run even where a field is wrong, so that every fault is named at once. */
const ALWAYS = { when: () => true }

/** Security tokens run to a few thousand characters, and travel in a header. */
const MAX_SECRET = 8192

const secret = z
  .string()
  .max(MAX_SECRET, `expected at most ${MAX_SECRET} characters`)
  .regex(/^[\x21-\x7e]+$/, 'expected printable ASCII without spaces')

export const aliyunCredentials = z.strictObject({
  accessKeyId: secret,
  accessKeySecret: secret,
  /** Of temporary (STS) credentials. */
  securityToken: secret.optional(),
})

export type AliyunCredentials = z.output<typeof aliyunCredentials>

const variable = z
  .string()
  .min(1, 'expected at least one character')
  .max(MAX_NAME, `expected at most ${MAX_NAME} characters`)
  .refine(isOneLine, ONE_LINE)

export const aliyunTemplate = z.strictObject({
  /** As in the console, such as `SMS_154950909`. */
  code: z.string().regex(/^SMS_\d{1,20}$/, 'expected SMS_ and digits'),
  /** The names of its variables. A message must give every one of them and no other. */
  params: z.array(variable).readonly().default([]),
  /** Turns on Aliyun's rules for the values: codes of 4 to 6 letters or digits, notices of 1 to 35 characters. */
  kind: z.enum(['verification', 'notice', 'promotion']).optional(),
  /** Where it may be sent; refuses other numbers. `+1` numbers need `international`. */
  region: z.enum(['mainland', 'international']).optional(),
})

export type AliyunTemplate = z.output<typeof aliyunTemplate>

const alias = z
  .string()
  .regex(/^(?!SMS_\d+$)./, 'expected a name that is no template code')
  .max(MAX_NAME, `expected at most ${MAX_NAME} characters`)
  .refine(isOneLine, ONE_LINE)

const fields = z.strictObject({
  accessKeyId: secret.optional(),
  accessKeySecret: secret.optional(),
  /** Of temporary (STS) credentials; prefer `credentials`, which can renew them. */
  securityToken: secret.optional(),
  /**
   * Instead of the three above: asked before every call, so cache inside it. Asked once more when Aliyun says
   * that the security token has expired.
   */
  credentials: z
    .custom<() => Promise<AliyunCredentials>>(
      (value) => typeof value === 'function',
      'expected a function that resolves to { accessKeyId, accessKeySecret, securityToken? }',
    )
    .optional(),
  /** The sign name of messages that name none, without 【】. */
  signName: signName.optional(),
  /** Your templates, by the name messages call them. */
  templates: z.record(alias, aliyunTemplate).default({}),
  /** Where the API lives. Plain http only on loopback, for a fake. */
  endpoint: z
    .string()
    .refine(isEndpoint, 'expected an https origin such as https://dysmsapi.aliyuncs.com, or http on loopback')
    .default('https://dysmsapi.aliyuncs.com'),
  /** Connections open at once; further calls wait for a free one. @default 64 */
  maxSockets: z.int().min(1).max(1000).default(64),
})

export const aliyunConfig = fields
  .superRefine((config: unknown, context) => {
    if (typeof config !== 'object' || config === null || Array.isArray(config)) return
    const issue = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message })
    checkKeys(config, issue)
  }, ALWAYS)
  .transform(({ accessKeyId = '', accessKeySecret = '', securityToken, credentials, ...config }) => ({
    ...config,
    endpoint: new URL(config.endpoint),
    credentials: credentials ?? { accessKeyId, accessKeySecret, securityToken },
  }))

export type AliyunConfigInput = z.input<typeof aliyunConfig>
export type AliyunConfig = z.output<typeof aliyunConfig>

type Given = Readonly<
  Partial<Record<'credentials' | 'accessKeyId' | 'accessKeySecret' | 'securityToken', unknown>>
>

/** The keys themselves or a function for them, and not both. */
function checkKeys(config: Given, issue: (path: string, message: string) => void): void {
  const keys = ['accessKeyId', 'accessKeySecret'] as const
  const given = [...keys, 'securityToken' as const].filter((name) => config[name] !== undefined)
  if (!config.credentials) {
    for (const name of keys) if (config[name] === undefined) issue(name, 'expected a string')
  } else if (given.length > 0) {
    issue('credentials', `expected either this function or ${given.join(', ')}`)
  }
}

function isEndpoint(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname, pathname, search, hash, username, password } = new URL(text)
  if (pathname !== '/' || [search, hash, username, password].some((part) => part !== '')) return false
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))
}
