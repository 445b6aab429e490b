/** What a failed expectation says: what was expected, what was sent instead, and why the rest was not. */
import { inspect } from 'node:util'
import type { MailboxReport } from './fake-notify.ts'
import type { AnyCaptured } from './mailbox.ts'
import { counterpartOf, differencesOf, type Equal, type Expected } from './match.ts'

/** One question about a mailbox, and what answers it. */
export interface Asked {
  readonly report: MailboxReport
  readonly channel: string
  readonly message: Expected | undefined
  readonly times: number | undefined
  /** What was sent on the channel. */
  readonly onChannel: readonly AnyCaptured[]
  /** What of it has the fields that are asked for. */
  readonly fitting: readonly AnyCaptured[]
  readonly equal: Equal
  readonly diff: (expected: unknown, actual: unknown) => string | null | undefined
}

/** More than so many messages are counted, not shown. */
const MAX_SHOWN = 10

/** It may still change, so that an expectation which holds now proves nothing. */
export function textOfUnsettled({ underWay, captured }: MailboxReport, channel?: string): string {
  const where = channel === undefined ? '' : ` on ${channel}`
  return joined([
    `${counted(underWay(channel), 'send')}${where} still under way: what is sent cannot be told yet`,
    'Await it first; or look at notify.sent() for what was sent so far',
    ...listOf(
      'sent so far',
      channel === undefined ? captured : captured.filter((sent) => sent.channel === channel),
    ),
  ])
}

/** Too few were sent, or too many. */
export function textOfMissing(asked: Asked): string {
  const { channel, message, times, fitting, onChannel, report } = asked
  const count = times === undefined ? 'a message' : counted(times, 'message')
  const found = fitting.length > 0 ? `${fitting.length} of those that were sent are such` : 'none was sent'
  return joined([
    `expected ${count} to be sent on ${channel}${message ? ` with ${shown(message)}` : ''}, but ${found}`,
    ...(onChannel.length > 0
      ? listOf(`sent on ${channel}`, onChannel)
      : listOf('sent on other channels', report.captured)),
    ...(fitting.length === 0 ? nearest(asked) : []),
    ...hints(report),
  ])
}

/** Of `.not`: it was sent after all. */
export function textOfPresent({ channel, message, times, fitting }: Asked): string {
  const count = times === undefined ? 'no message' : `anything but ${counted(times, 'message')}`
  return joined([
    `expected ${count} to be sent on ${channel}${message ? ` with ${shown(message)}` : ''}`,
    ...listOf('but sent', fitting),
  ])
}

/** Of `toHaveSentNothing`, with and without `.not`. */
export function textOfNothing(report: MailboxReport): string {
  const { captured } = report
  if (captured.length === 0)
    return joined(['expected something to be sent, but nothing was', ...hints(report)])
  return joined(['expected nothing to be sent', ...listOf('but sent', captured)])
}

/** Of several, the one with the fewest wrong fields. */
function nearest({ message, onChannel, equal, diff }: Asked): string[] {
  if (!message) return []
  const ranked = onChannel
    .map((sent, index) => ({ sent, place: index + 1, wrong: differencesOf(sent, message, equal) }))
    .sort((one, other) => one.wrong.length - other.wrong.length)
  const [best] = ranked
  if (!best) return []
  const changes = diff(message, counterpartOf(best.sent, message))
  return [
    `nearest is number ${best.place}; it differs in ${best.wrong.join(', ')}`,
    ...(changes ? [changes] : []),
  ]
}

function listOf(title: string, sent: readonly AnyCaptured[]): string[] {
  if (sent.length === 0) return []
  const lines = sent.slice(0, MAX_SHOWN).map((one, index) => {
    return `  ${index + 1}. ${one.channel} (${one.provider}): ${shown(one.input ?? one.message)}`
  })
  const rest = sent.length - lines.length
  return [[`${title}:`, ...lines, ...(rest > 0 ? [`  and ${rest} more`] : [])].join('\n')]
}

/** What a test that waits for a message that never comes has most likely overlooked. */
function hints({ unsent, underWay, outside }: MailboxReport): string[] {
  const failed = unsent.slice(-MAX_SHOWN).map(({ channel, why }) => `  ${channel}: ${why}`)
  return [
    ...(failed.length > 0 ? [['not sent:', ...failed].join('\n')] : []),
    ...(underWay() > 0 ? [`${counted(underWay(), 'send')} still under way: is an await missing?`] : []),
    ...(outside.length > 0
      ? [
          `${counted(outside.length, 'message')} sent outside of this isolated test, by code that it did not start`,
        ]
      : []),
  ]
}

function counted(count: number, noun: 'message' | 'send'): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** In one line; long texts and bytes are cut. */
function shown(value: unknown): string {
  return inspect(value, { depth: 5, breakLength: Infinity, maxStringLength: 200, maxArrayLength: 20 })
}

function joined(parts: readonly string[]): string {
  return parts.join('\n\n')
}
