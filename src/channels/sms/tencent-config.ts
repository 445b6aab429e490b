/** What the Tencent Cloud driver needs to know. */
import * as z from 'zod'
import { isLoopback } from '../../core/loopback.ts'
import { isOneLine, ONE_LINE } from '../../core/plain-text.ts'
import { MAX_NAME, signName } from './message.ts'

/** Temporary tokens run to a few thousand characters, and travel in a header. */
const MAX_SECRET = 8192

const secret = z
  .string()
  .max(MAX_SECRET, `expected at most ${MAX_SECRET} characters`)
  .regex(/^[\x21-\x7e]+$/, 'expected printable ASCII without spaces')

const name = z
  .string()
  .min(1, 'expected at least one character')
  .max(MAX_NAME, `expected at most ${MAX_NAME} characters`)
  .refine(isOneLine, ONE_LINE)

export const tencentTemplate = z.strictObject({
  /** As in the console, such as `449739`. */
  id: z.string().regex(/^\d{1,20}$/, 'expected digits'),
  /** The names of its values in the order of {1}, {2} and so on. A message must give every one and no other. */
  params: z
    .array(name)
    .refine((names) => new Set(names).size === names.length, 'expected each name once')
    .readonly()
    .default([]),
})

export type TencentTemplate = z.output<typeof tencentTemplate>

/** A message names a template by either, so the two must not be mixed up. */
const templates = z.record(name, tencentTemplate).superRefine((all, context) => {
  const ids = new Set(Object.values(all).map(({ id }) => id))
  for (const [alias, { id }] of Object.entries(all)) {
    if (alias === id || !ids.has(alias)) continue
    const message = 'expected a name that is not the id of another template'
    context.addIssue({ code: 'custom', path: [alias], message })
  }
})

export const tencentConfig = z
  .strictObject({
    secretId: secret,
    secretKey: secret,
    /** Of temporary credentials. */
    token: secret.optional(),
    /** The application's SdkAppId, such as `1400006666`. */
    smsSdkAppId: z.string().regex(/^\d{1,20}$/, 'expected digits'),
    /** The sign name of messages that name none, without 【】. Numbers abroad need none. */
    signName: signName.optional(),
    region: z
      .string()
      .regex(/^[a-z0-9-]{1,40}$/, 'expected a region such as ap-guangzhou')
      .default('ap-guangzhou'),
    /** Your templates, by the name messages call them. Use the names that the other provider's have. */
    templates: templates.default({}),
    /** Where the API lives. Plain http only on loopback, for a fake. */
    endpoint: z
      .string()
      .refine(
        isEndpoint,
        'expected an https origin such as https://sms.tencentcloudapi.com, or http on loopback',
      )
      .default('https://sms.tencentcloudapi.com'),
    /** Connections open at once; further calls wait for a free one. @default 64 */
    maxSockets: z.int().min(1).max(1000).default(64),
  })
  .transform((config) => ({ ...config, endpoint: new URL(config.endpoint) }))

export type TencentConfigInput = z.input<typeof tencentConfig>
export type TencentConfig = z.output<typeof tencentConfig>

function isEndpoint(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname, pathname, search, hash, username, password } = new URL(text)
  if (pathname !== '/' || [search, hash, username, password].some((part) => part !== '')) return false
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))
}
