/** The options for how much a provider is asked: account rates, limits per recipient, and where they are counted. */
import { expecting, issuesWithin, kindOf, milliseconds, withMethods, type Check } from '../core/checks.ts'
import { Composite } from '../core/composite.ts'
import type { Issue } from '../core/errors.ts'
import type { AnyNotifier } from '../core/notifier.ts'
import type { LimitStore, Rate, RecipientLimit } from '../core/stores.ts'

export interface ProviderLimits {
  /** How often the provider may be asked in all. What is beyond waits for its turn, in order. @default no limit */
  readonly account?: Rate | readonly Rate[] | undefined
  /** How much one recipient may get. What is beyond is refused as RATE_LIMITED. @default no limit */
  readonly recipient?: RecipientLimit | readonly RecipientLimit[] | undefined
}

export interface LimitsOptions {
  /** By the provider's name as results give it, such as `aliyun`; each of its accounts is counted for itself. */
  readonly providers: Readonly<Record<string, ProviderLimits>>
  /** Where it is counted, so that several processes can count together. @default in this process */
  readonly store?: LimitStore | undefined
}

/** With everything in lists. */
export interface ReadLimits {
  readonly account: readonly Rate[]
  readonly recipient: readonly RecipientLimit[]
}

export const NO_LIMITS: ReadLimits = { account: [], recipient: [] }

const rateIssue: Check = expecting(
  '{ limit, perMs }, a whole number of 1 or more and milliseconds',
  (value) => {
    const { limit, perMs } = (value ?? {}) as Partial<Rate>
    return Number.isInteger(limit) && Number(limit) >= 1 && milliseconds(perMs) === undefined
  },
)

const rates: Check = (value) => {
  const [wrong] = listOf(value).flatMap((rate) => rateIssue(rate) ?? [])
  return wrong
}

const recipientLimits: Check = (value) => {
  const [wrong] = listOf(value).flatMap((limit) => recipientIssue(limit) ?? [])
  return wrong
}

function recipientIssue(value: unknown): string | undefined {
  const { rates: given, by } = (value ?? {}) as Partial<RecipientLimit>
  if (!Array.isArray(given) || given.length === 0) {
    return `expected { rates }, a list of at least one, received ${kindOf(value)}`
  }
  if (by !== undefined && typeof by !== 'function') {
    return `expected \`by\` to be a function, received ${kindOf(by)}`
  }
  return rates(given)
}

/** Everything that is wrong with them. */
export function issuesOfLimits(limits: LimitsOptions | undefined, channels: Iterable<AnyNotifier>): Issue[] {
  if (limits === undefined) return []
  const store = withMethods('take', 'giveBack', 'pause')
  const issues = issuesWithin('limits', limits, { providers: isObject, store })
  const { providers } = asRecord(limits)
  if (providers === undefined) issues.push({ path: 'limits.providers', message: 'is required' })
  const leaves = [...channels].flatMap(leavesOf)
  for (const [name, given] of Object.entries(asRecord(providers))) {
    const path = `limits.providers.${name}`
    const ofName = leaves.filter(({ provider }) => provider === name)
    if (ofName.length === 0) {
      const known = [...new Set(leaves.map(({ provider }) => provider))].join(', ')
      issues.push({ path, message: `is no provider of a channel; there are: ${known}` })
    }
    issues.push(...issuesWithin(path, given, { account: rates, recipient: recipientLimits }))
    issues.push(...countless(path, given, ofName))
  }
  return issues
}

/** Where recipients are to be counted that the driver cannot name. */
function countless(path: string, given: unknown, drivers: readonly AnyNotifier[]): Issue[] {
  const { recipient } = asRecord(given)
  const isOwn = listOf(recipient).every((limit) => 'by' in asRecord(limit))
  if (isOwn || !drivers.some((driver) => !driver.recipients)) return []
  return [{ path: `${path}.recipient`, message: 'needs `by`: the driver does not name its recipients' }]
}

/** With defaults filled in. */
export function readLimits(limits: LimitsOptions | undefined, provider: string): ReadLimits {
  const given = limits?.providers[provider]
  if (!given) return NO_LIMITS
  return {
    account: listOf(given.account) as readonly Rate[],
    recipient: listOf(given.recipient) as readonly RecipientLimit[],
  }
}

/** The drivers behind a channel. */
export function leavesOf(notifier: AnyNotifier): readonly AnyNotifier[] {
  return Composite.isComposite(notifier) ? notifier.members.flatMap(leavesOf) : [notifier]
}

const isObject: Check = expecting(
  'an object',
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
)

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return []
  return Array.isArray(value) ? value : [value]
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}
