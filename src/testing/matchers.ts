/** Matchers for the `expect` of vitest and of jest: what a test says of the messages that were sent. */
import type { Channels } from '../facade/options.ts'
import type { ExpectedMessage } from './captured.ts'
import { NotifyError } from '../core/errors.ts'
import { unknownChannel } from '../facade/failures.ts'
import { FakeNotify, REPORT, type MailboxReport } from './fake-notify.ts'
import { differencesOf, type Equal, type Expected } from './match.ts'
import { textOfMissing, textOfNothing, textOfPresent, type Asked } from './matcher-texts.ts'

/** What the runner's `expect` gives its matchers: the part that we use. */
export interface MatcherContextLike {
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
    ...[channel, message]: [channel: string, message?: Expected]
  ): MatcherResultLike {
    const asked = ask(this, actual, { channel, message })
    const pass = asked.fitting.length > 0
    return { pass, message: () => (pass ? textOfPresent(asked) : textOfMissing(asked)) }
  },

  toHaveSentTimes(
    this: MatcherContextLike,
    actual: unknown,
    ...[channel, times, message]: [channel: string, times: number, message?: Expected]
  ): MatcherResultLike {
    const asked = ask(this, actual, { channel, message, times })
    const pass = asked.fitting.length === times
    return { pass, message: () => (pass ? textOfPresent(asked) : textOfMissing(asked)) }
  },

  toHaveSentNothing(this: MatcherContextLike, actual: unknown): MatcherResultLike {
    const report = reportOf(actual)
    return { pass: report.captured.length === 0, message: () => textOfNothing(report) }
  },
}

interface Question {
  readonly channel: string
  readonly message: Expected | undefined
  readonly times?: number
}

function ask(context: MatcherContextLike, actual: unknown, question: Question): Asked {
  const { channel, message, times } = question
  const report = reportOf(actual)
  // A name that is misspelt would pass every `.not`.
  if (!report.channels.includes(channel)) throw unknownChannel(channel, report.channels)
  const equal = equalIn(context)
  const onChannel = report.captured.filter((sent) => sent.channel === channel)
  const fitting = onChannel.filter((sent) => !message || differencesOf(sent, message, equal).length === 0)
  const diff = (expected: unknown, found: unknown) => context.utils.diff(expected, found)
  return { report, channel, message, times, onChannel, fitting, equal, diff }
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
