/** What is made from code in the docs: the table of codes, and each channel's table of provider codes. */
import { ERRORS as apns } from '../src/channels/apns/errors.ts'
import { ERRORS as email } from '../src/channels/email/errors.ts'
import { ERRORS as sms } from '../src/channels/sms/errors.ts'
import { ERRORS as centrifugo } from '../src/channels/websocket/centrifugo/errors.ts'
import { ERRORS as websocket } from '../src/channels/websocket/errors.ts'
import { ERRORS as wechat } from '../src/channels/wechat/errors.ts'
import type { ErrorTable } from '../src/core/error-table.ts'
import { FAILURES, type Failure, type FailureCode } from '../src/core/failures.ts'
import { MEANINGS } from './failure-meanings.ts'

type Make = (page: string) => string

const BEGIN = '<!-- errors:begin -->'
const END = '<!-- errors:end -->'

/** By page: what its text becomes, given what it is. */
export const generated: Readonly<Record<string, Make>> = {
  'docs/errors.md': between(failureTable),
  'docs/channels/email.md': between(() => providerTable(email)),
  'docs/channels/sms.md': between(() => providerTable(sms)),
  'docs/channels/wechat.md': between(() => providerTable(wechat)),
  'docs/channels/apns.md': between(() => providerTable(apns)),
  'docs/channels/websocket.md': between(() => providerTable(websocket)),
  'docs/channels/centrifugo.md': between(() => providerTable(centrifugo)),
}

function between(table: () => string): Make {
  return (page) => {
    const start = page.indexOf(BEGIN)
    const end = page.indexOf(END)
    if (start < 0 || end < start) throw new Error(`The page lacks ${BEGIN} and ${END}`)
    return `${page.slice(0, start + BEGIN.length)}\n${table()}\n${page.slice(end)}`
  }
}

function failureTable(): string {
  const rows = Object.entries<Failure>(FAILURES).map(([code, failure]) => {
    const { scope, retry, failover, breaker, delivery } = failure
    const meaning = MEANINGS[code as FailureCode]
    return [`\`${code}\``, meaning, scope, words(retry), words(failover), words(breaker), `\`${delivery}\``]
  })
  const head = [
    'Code',
    'Meaning',
    'Scope',
    'Retry',
    'Failover',
    'Circuit breaker',
    'Certainty unless the driver knows',
  ]
  return toTable(head, rows)
}

function providerTable(table: ErrorTable): string {
  const rows = Object.entries(table).map(([provider, { code, meaning, delivery, reason, retryAfterMs }]) => {
    const notes = [
      reason,
      delivery && `delivery: ${delivery}`,
      retryAfterMs && `retry after ${retryAfterMs / 1000} s`,
    ]
    return [`\`${provider}\``, `\`${code}\``, meaning, notes.filter(Boolean).join(', ')]
  })
  return toTable(['Provider’s code', 'Code', 'Meaning', 'Notes'], rows)
}

const words = (value: string): string => value.replaceAll('_', ' ')

function toTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const toLine = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [toLine(head), toLine(head.map(() => '---')), ...rows.map(toLine)].join('\n')
}
