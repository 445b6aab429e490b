/** Matchers for the `expect` of vitest and of jest: what a test says of the messages that were sent. */
import type { Channels } from '../facade/options.ts'
import type { ExpectedMessage } from './captured.ts'
import { NotifyError } from '../core/errors.ts'
import { unknownChannel } from '../facade/failures.ts'
import { FakeNotify, REPORT, type MailboxReport } from './fake-notify.ts'
import { invalid } from '../core/parse.ts'
import { differencesOf, type Equal, type Expected } from './match.ts'
import { textOfMissing, textOfNothing, textOfPresent, textOfUnsettled, type Asked } from './matcher-texts.ts'

/** What the runner's `expect` gives its matchers: the part that we use. */
export interface MatcherContextLike {
  readonly isNot?: boolean
  readonly customTesters?: readonly unknown[]
  readonly equals: (actual: unknown, expected: unknown, testers?: never[]) => boolean
  readonly utils: {
    readonly iterableEquality: unknown
    readonly subsetEquality: unknown
    readonly diff: (expected: unknown, actual: unknown) => string | null | undefined
  }
}

export interface MatcherResultLike {
  readonly pass: boolean
  message(): string
}

type ChannelsOf<T> = T extends FakeNotify<infer C> ? C : Channels

/** As types of `expect(notify)`: `R` is what a matcher returns, `T` what is expected something of. */
export interface NotiwireMatchers<R, T> {
  /**
   * At least one message was sent on the channel, one that has all these fields: each as you wrote it or as the
   * driver's schema made it, in part, with asymmetric matchers at any depth.
   */
  toHaveSent<K extends keyof ChannelsOf<T> & string>(
    channel: K,
    message?: ExpectedMessage<ChannelsOf<T>[K]>,
  ): R
  /** Exactly so many messages were sent on the channel, or so many that have these fields. */
  toHaveSentTimes<K extends keyof ChannelsOf<T> & string>(
    channel: K,
    times: number,
    message?: ExpectedMessage<ChannelsOf<T>[K]>,
  ): R
  /** Nothing was sent, on any channel. */
  toHaveSentNothing(): R
}

/** For `expect.extend` of any runner that has it. */
export const notiwireMatchers = {
  toHaveSent(
    this: MatcherContextLike,
    actual: unknown,
    ...[channel, ...message]: [channel: string, message?: Expected]
  ): MatcherResultLike {
    const asked = ask(this, actual, { channel, message })
    const pass = asked.fitting.length > 0
    return verdict(this, asked, { pass, isFinal: pass })
  },

  toHaveSentTimes(
    this: MatcherContextLike,
    actual: unknown,
    ...[channel, times, ...message]: [channel: string, times: number, message?: Expected]
  ): MatcherResultLike {
    const asked = ask(this, actual, { channel, message, times: assertTimes(times) })
    const { length } = asked.fitting
    return verdict(this, asked, { pass: length === times, isFinal: length > times })
  },

  toHaveSentNothing(this: MatcherContextLike, actual: unknown): MatcherResultLike {
    const report = reportOf(actual)
    const pass = report.captured.length === 0
    if (pass && !this.isNot && report.underWay() > 0) return unsettled(this, report)
    return { pass, message: () => textOfNothing(report) }
  },
}

interface Question {
  readonly channel: string
  /** As it was passed: not at all, or something. */
  readonly message: readonly unknown[]
  readonly times?: number
}

function ask(context: MatcherContextLike, actual: unknown, question: Question): Asked {
  const { channel, times } = question
  const message = expectedIn(question.message)
  const report = reportOf(actual)
  // A name that is misspelt would pass every `.not`.
  if (!report.channels.includes(channel)) throw unknownChannel(channel, report.channels)
  const equal = equalIn(context)
  const onChannel = report.captured.filter((sent) => sent.channel === channel)
  const fitting = onChannel.filter((sent) => !message || differencesOf(sent, message, equal).length === 0)
  const diff = (expected: unknown, found: unknown) => context.utils.diff(expected, found)
  return { report, channel, message, times, onChannel, fitting, equal, diff }
}

interface Verdict {
  readonly pass: boolean
  /** Whether nothing that is still under way can change it. */
  readonly isFinal: boolean
}

function verdict(context: MatcherContextLike, asked: Asked, { pass, isFinal }: Verdict): MatcherResultLike {
  const { report, channel } = asked
  const holds = pass !== (context.isNot ?? false)
  if (holds && !isFinal && report.underWay(channel) > 0) return unsettled(context, report, channel)
  return { pass, message: () => (pass ? textOfPresent(asked) : textOfMissing(asked)) }
}

/** Fails, with `.not` and without. */
function unsettled(
  { isNot }: MatcherContextLike,
  report: MailboxReport,
  channel?: string,
): MatcherResultLike {
  return { pass: isNot ?? false, message: () => textOfUnsettled(report, channel) }
}

/** What is undefined by mistake would match every message. */
function expectedIn(passed: readonly unknown[]): Expected | undefined {
  const [message] = passed
  if (passed.length === 0 || (typeof message === 'object' && message !== null))
    return message as Expected | undefined
  const text = `expected the fields of a message, got ${message === null ? 'null' : typeof message}`
  throw invalid('INVALID_CONFIG', [{ path: 'message', message: text }])
}

function assertTimes(times: unknown): number {
  if (typeof times === 'number' && Number.isInteger(times) && times >= 0) return times
  throw invalid('INVALID_CONFIG', [{ path: 'times', message: 'expected a whole number of 0 or more' }])
}

/** As in the runner's own `toMatchObject`. */
function equalIn({ equals, customTesters = [], utils }: MatcherContextLike): Equal {
  const testers = [...customTesters, utils.iterableEquality, utils.subsetEquality] as never[]
  return (actual, expected) => equals(actual, expected, testers)
}

function reportOf(actual: unknown): MailboxReport {
  if (FakeNotify.isFakeNotify(actual)) return actual[REPORT]()
  throw new NotifyError(
    'INVALID_CONFIG',
    'These matchers look at what fakeNotify() returned, and this is not it',
  )
}
