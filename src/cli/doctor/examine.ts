/** Examines every channel, driver by driver: the way to the provider first, then what the provider says. */
import type { Clock } from '../../core/clock.ts'
import { Composite } from '../../core/composite.ts'
import { NotifyError } from '../../core/errors.ts'
import type { AnyNotifier } from '../../core/notifier.ts'
import { judgeClock } from './clock-check.ts'
import { askDriver, judgeCredentials, type Answer } from './credentials.ts'
import { ok, skipped, type Finding } from './finding.ts'
import { checkPackage } from './packages.ts'
import { checkTemplates } from './templates.ts'
import { follow, type Way } from './way.ts'
import type { Limits } from './within.ts'

export type Channels = Readonly<Record<string, AnyNotifier>>

export interface ExamineOptions {
  readonly clock: Clock
  /** Milliseconds for one check. */
  readonly timeoutMs: number
  /** Channels to examine. @default all */
  readonly channels?: readonly string[]
  /** Templates to look for, besides those that the configuration names. @default none */
  readonly templates?: readonly string[]
}

/** What was found about one driver of one channel. */
export interface Examination {
  readonly channel: string
  readonly provider: string
  readonly findings: readonly Finding[]
}

interface Subject {
  readonly channel: string
  readonly notifier: AnyNotifier
  readonly way: Way | undefined
}

/**
 * Several drivers of one channel are examined one by one, in their order. Sends nothing, and closes nothing.
 * @throws {NotifyError} UNKNOWN_CHANNEL, where there is no channel of a name that was asked for
 */
export async function examine(channels: Channels, options: ExamineOptions): Promise<readonly Examination[]> {
  const named = options.channels?.length ? options.channels : Object.keys(channels)
  const drivers = named.flatMap((channel) => driversOf(channels, channel))
  const subjects = await Promise.all(
    drivers.map(async ({ channel, notifier }) => ({
      channel,
      notifier,
      way: await wayTo(notifier, options),
    })),
  )
  // One machine has one clock: who is not told the time by one provider is told it by another.
  const skewMs = subjects.map(({ way }) => way?.skewMs).find((known) => known !== undefined)
  return Promise.all(subjects.map((subject) => conclude(subject, options, skewMs)))
}

function driversOf(channels: Channels, channel: string): Omit<Subject, 'way'>[] {
  const notifier = Object.hasOwn(channels, channel) ? channels[channel] : undefined
  if (!notifier) {
    const known = Object.keys(channels).join(', ')
    throw new NotifyError('UNKNOWN_CHANNEL', `No channel is called "${channel}"; there are: ${known}`)
  }
  return membersOf(notifier).map((member) => ({ channel, notifier: member }))
}

function membersOf(notifier: AnyNotifier): AnyNotifier[] {
  if (!Composite.isComposite(notifier)) return [notifier]
  return [...new Set(notifier.members.flatMap(membersOf))]
}

/** Nothing for a driver that connects nowhere, or does not say where. */
async function wayTo(notifier: AnyNotifier, limits: Limits): Promise<Way | undefined> {
  const ways = await Promise.all((notifier.endpoints?.() ?? []).map((endpoint) => follow(endpoint, limits)))
  if (ways.length === 0) return undefined
  return {
    findings: ways.flatMap(({ findings }) => findings),
    isReached: ways.every(({ isReached }) => isReached),
    skewMs: ways.find(({ skewMs }) => skewMs !== undefined)?.skewMs,
  }
}

async function conclude(
  { channel, notifier, way }: Subject,
  options: ExamineOptions,
  knownSkewMs: number | undefined,
): Promise<Examination> {
  const { provider } = notifier
  const isReached = way?.isReached ?? true
  const answer = isReached ? await askDriver(notifier, options) : undefined
  const peer = checkPackage(provider, { wasUsed: isReached, error: answer?.error })
  const skewMs = way?.skewMs ?? knownSkewMs
  const said = await saidOf({ channel, notifier, way }, { answer, skewMs, options })
  const findings = [
    ok('configuration', 'read and complete'),
    ...(peer ? [peer] : []),
    ...(way?.findings ?? []),
    ...said,
  ]
  return { channel, provider, findings }
}

interface Told {
  /** Nothing where the provider is out of reach. */
  readonly answer: Answer | undefined
  readonly skewMs: number | undefined
  readonly options: ExamineOptions
}

async function saidOf({ notifier, way }: Subject, told: Told): Promise<readonly Finding[]> {
  const { answer, skewMs, options } = told
  const { provider } = notifier
  if (!answer) return [skipped('credentials', 'not asked: the provider is out of reach')]
  const refusal = answer.error?.provider?.code
  const evidence = { provider, skewMs, refusal }
  const isWayBroken = way?.findings.some(({ status }) => status === 'failed') ?? false
  return [
    ...(tellsTime(notifier) ? [judgeClock(evidence)] : []),
    ...judgeCredentials({ ...evidence, answer, isWayBroken }),
    ...(answer.error ? [] : await checkTemplates(notifier, options.templates ?? [], options)),
  ]
}

/** Mail servers do not, and a driver that connects nowhere is told none. */
function tellsTime(notifier: AnyNotifier): boolean {
  return (notifier.endpoints?.() ?? []).some(({ protocol }) => protocol !== 'mail')
}
