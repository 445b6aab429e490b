/** The options of `createNotify`, and their checks. */
import {
  expecting,
  isClock,
  issuesOf,
  issuesWithin,
  kindOf,
  milliseconds,
  trueOrFalse,
  withMethods,
  type Check,
  type Checks,
} from '../core/checks.ts'
import { systemClock, type Clock } from '../core/clock.ts'
import type { Issue } from '../core/errors.ts'
import { Notifier, type AnyNotifier } from '../core/notifier.ts'
import type { Outbox } from '../core/outbox.ts'
import { invalid } from '../core/parse.ts'
import type { IdempotencyStore, SuppressionStore } from '../core/stores.ts'
import type { Tracer } from '../core/tracer.ts'
import type { BreakerPolicy } from '../pipeline/breaker.ts'
import type { RetryPolicy } from '../pipeline/retry.ts'
import type { SendLimits } from './call-options.ts'
import { issuesOfOutbox, type OutboxOptions } from './durable/options.ts'
import { issuesOfGuard, type GuardOptions } from './guard-options.ts'
import { issuesOfHooks, type Hooks } from './hooks.ts'
import { issuesOfLimits, leavesOf, type LimitsOptions } from './limit-options.ts'
import type { SandboxPlace } from './sandbox/link.ts'
import { issuesOfSandbox } from './sandbox/options.ts'
import {
  issuesOfPolicies,
  optional,
  readPolicies,
  type BreakerOptions,
  type RetryOptions,
} from './policies.ts'

export type Channels = Readonly<Record<string, AnyNotifier>>

export interface NotifyOptions<C extends Channels> {
  /** A driver per channel, by the name you will send to. */
  readonly channels: C
  /**
   * Throw from `send` instead of resolving to a failed result; the driver's own exception is `error.cause`,
   * secrets and recipients cut out.
   * @default false
   */
  readonly debug?: boolean | undefined
  /** Milliseconds a delivery may take in all. @default 60_000 */
  readonly deadlineMs?: number | undefined
  /** Milliseconds one try may take. @default 30_000 */
  readonly attemptTimeoutMs?: number | undefined
  /**
   * When a failed try is followed by another: where the failure may pass and the message was certainly not sent.
   * `false`: never.
   */
  readonly retry?: RetryOptions | false | undefined
  /**
   * When a provider that keeps failing is left alone (CIRCUIT_OPEN) instead of being waited for again and again. Only
   * its own failures count, never those of a message or a recipient. `false`: never.
   */
  readonly breaker?: BreakerOptions | false | undefined
  /** Where idempotency keys are kept, and how long. `false`: nowhere, because the caller keeps them. */
  readonly idempotency?: IdempotencyOptions | false | undefined
  /** How much a provider is asked at most. @default no limits */
  readonly limits?: LimitsOptions | undefined
  /** Who may be sent to here, so that a staging system tells no real people. @default everybody */
  readonly guard?: GuardOptions | undefined
  /** Functions that are told what happens. */
  readonly hooks?: Hooks | undefined
  /** Remembers addresses that providers called dead, and skips them. @default none are remembered */
  readonly suppression?: SuppressionStore | undefined
  /**
   * Where `enqueue` keeps what it accepted until it is delivered, whatever dies: a file, such as `file:./notify.db`, an
   * engine, or options. @default none
   */
  readonly outbox?: `file:${string}` | Outbox | OutboxOptions | undefined
  /** Wraps every send and every try, such as `openTelemetry()`. @default none */
  readonly tracer?: Tracer | undefined
  /**
   * Sends nothing to anybody: every channel's messages go to a sandbox, whose inbox shows them. `true` uses the one of
   * `npx notiwire dev`, or starts one; otherwise the URL of its inbox, or what `createSandbox()` made. @default false
   */
  readonly sandbox?: boolean | string | SandboxPlace | undefined
  /** Where the time comes from; for tests. */
  readonly clock?: Clock | undefined
}

export interface IdempotencyOptions {
  /** Shared by every process that keeps its keys there. @default in this process only */
  readonly store?: IdempotencyStore | undefined
  /** How long a key is remembered, in milliseconds. @default 86_400_000 (24 hours) */
  readonly ttlMs?: number | undefined
}

export interface Settings extends SendLimits {
  readonly channels: ReadonlyMap<string, AnyNotifier>
  readonly debug: boolean
  readonly retry: RetryPolicy
  readonly breaker: BreakerPolicy | undefined
  /** Undefined where the caller keeps them. */
  readonly idempotency: IdempotencyOptions | undefined
  readonly limits: LimitsOptions | undefined
  readonly guard: GuardOptions | undefined
  readonly hooks: Hooks
  readonly suppression: SuppressionStore | undefined
  readonly outbox: string | Outbox | OutboxOptions | undefined
  readonly tracer: Tracer | undefined
  readonly sandbox: boolean | string | SandboxPlace
  readonly clock: Clock
}

const IDEMPOTENCY_CHECKS: Checks = {
  store: withMethods('claim', 'settle', 'release'),
  ttlMs: milliseconds,
}

/** Checked together with the channels. */
const anything: Check = () => undefined

const NOTIFY_CHECKS: Checks = {
  channels: expecting(
    'an object of drivers by channel name',
    (value) =>
      typeof value === 'object' && value !== null && !Array.isArray(value) && !Notifier.isNotifier(value),
  ),
  debug: trueOrFalse,
  deadlineMs: milliseconds,
  attemptTimeoutMs: milliseconds,
  retry: optional,
  breaker: optional,
  idempotency: optional,
  limits: anything,
  guard: anything,
  hooks: anything,
  suppression: withMethods('find', 'add', 'remove'),
  outbox: anything,
  tracer: withMethods('send', 'attempt'),
  sandbox: anything,
  clock: expecting('now, monotonic and setTimeout', isClock),
}

/** @throws {NotifyError} INVALID_CONFIG, naming every wrong option */
export function readNotifyOptions(options: NotifyOptions<Channels>): Settings {
  const issues = issuesOf(options, NOTIFY_CHECKS, ['channels'])
  const given = asGiven(options)
  const channels = new Map<string, AnyNotifier>()
  for (const [name, driver] of Object.entries(given.channels ?? {})) {
    if (Notifier.isNotifier(driver)) channels.set(name, driver)
    else issues.push({ path: `channels.${name}`, message: `expected a driver, received ${kindOf(driver)}` })
  }
  issues.push(...issuesOfPolicies(given), ...issuesOfParts(given, channels))
  if (issues.length > 0) throw invalid('INVALID_CONFIG', issues)
  return withDefaults(options, channels)
}

/** Callers without a compiler may pass nothing at all. */
function asGiven(options: unknown): Partial<NotifyOptions<Channels>> {
  return options ?? {}
}

function issuesOfParts(given: Partial<NotifyOptions<Channels>>, channels: Settings['channels']): Issue[] {
  const { idempotency, limits, guard, hooks, suppression, outbox } = given
  const issues = [
    ...(idempotency ? issuesWithin('idempotency', idempotency, IDEMPOTENCY_CHECKS) : []),
    ...issuesOfLimits(limits, channels.values()),
    ...issuesOfGuard(guard, channels),
    ...issuesOfHooks(hooks),
    ...issuesOfSandbox(given.sandbox, channels),
    ...issuesOfOutbox(outbox, [...channels.keys()]),
  ]
  const isNameless = (notifier: AnyNotifier) => leavesOf(notifier).some((leaf) => !leaf.recipients)
  if (suppression && [...channels.values()].every(isNameless)) {
    issues.push({ path: 'suppression', message: 'is of no use: no driver names its recipients' })
  }
  return issues
}

function withDefaults(options: NotifyOptions<Channels>, channels: Settings['channels']): Settings {
  const { debug = false, deadlineMs = 60_000, attemptTimeoutMs = 30_000, clock = systemClock } = options
  const {
    idempotency = {},
    limits,
    guard,
    hooks = {},
    suppression,
    outbox,
    tracer,
    sandbox = false,
  } = options
  return {
    ...{ channels, debug, deadlineMs, attemptTimeoutMs, clock },
    ...readPolicies(options),
    ...{ limits, guard, hooks, suppression, outbox, tracer, sandbox },
    idempotency: idempotency === false ? undefined : idempotency,
  }
}
