/**
 * How many messages one number may get, as `limits` takes it: what is beyond is refused before the provider is asked.
 * Sources, read 2026-11-23: https://help.aliyun.com/document_detail/2881383.html and
 * https://help.aliyun.com/document_detail/44335.htm (the windows)
 */
import { invalid } from '../../core/parse.ts'
import type { Rate, RecipientLimit } from '../../core/stores.ts'
import type { AliyunMessage } from './aliyun-message.ts'
import { toE164 } from './phone.ts'
import type { TencentMessage } from './tencent-message.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000

/**
 * What Aliyun allows to one mainland number unless your account has other figures. Aliyun's minutes and hours begin
 * with the clock's, ours whenever a message is sent, which is never more. What other senders and other processes
 * send counts at Aliyun too: share a store between your own.
 */
export const aliyunLimits: Readonly<Record<'verification' | 'notice', RecipientLimit>> = {
  /** Templates whose `kind` is `verification`: 1 a minute, 5 an hour and 10 a day for one number and sign name. */
  verification: {
    rates: [
      { limit: 1, perMs: MINUTE_MS },
      { limit: 5, perMs: HOUR_MS },
      { limit: 10, perMs: DAY_MS },
    ],
    by: (message) => {
      const { kind, signName, phone } = message as AliyunMessage
      if (kind !== 'verification' || phone.region !== 'mainland') return undefined
      return `${signName}/${toE164(phone)}`
    },
  },
  /** Templates whose `kind` is `notice` or `promotion`: 50 a day for one number, sign name and template. */
  notice: {
    rates: [{ limit: 50, perMs: DAY_MS }],
    by: (message) => {
      const { kind, signName, templateCode, phone } = message as AliyunMessage
      if (kind === undefined || kind === 'verification' || phone.region !== 'mainland') return undefined
      return `${signName}/${templateCode}/${toE164(phone)}`
    },
  },
}

/**
 * A limit for messages of these templates alone, all of them counted together, for each number and sign name.
 * @param templates codes of Aliyun (`SMS_154950909`) or ids of Tencent (`449739`), not aliases
 * @throws {NotifyError} INVALID_CONFIG, naming everything that is neither
 */
export function forTemplates(templates: readonly string[], rates: readonly Rate[]): RecipientLimit {
  const message = 'expected a code such as SMS_154950909 or an id such as 449739; an alias limits nothing'
  const issues = templates.flatMap((template, index) => {
    return /^(SMS_)?\d+$/.test(template) ? [] : [{ path: `templates.${index}`, message }]
  })
  if (issues.length > 0) throw invalid('INVALID_CONFIG', issues)
  const limited = new Set(templates)
  return {
    rates,
    by: (message) => {
      const { phone, signName = '', ...ids } = message as AliyunMessage | TencentMessage
      const id = 'templateCode' in ids ? ids.templateCode : ids.templateId
      return limited.has(id) ? `${signName}/${toE164(phone)}` : undefined
    },
  }
}
