/** What would happen to a message, stage by stage, in the order of the pipeline. */
import type { AnyNotifier } from '../../core/notifier.ts'
import type { Issue } from '../../core/errors.ts'
import { KEY_TTL_MS } from '../../facade/lines.ts'
import type { Settings } from '../../facade/options.ts'
import type { Fields } from '../message/set-path.ts'
import { guardOutcome, type GuardOutcome } from './guarding.ts'
import { providersOf, type ProviderPlan } from './providers.ts'
import { validationOf } from './validation.ts'

export interface Explanation {
  readonly channel: string
  /** Where its driver is configured. */
  readonly source: string
  /** What a send would come to, were the provider to accept; absent without a message. */
  readonly outcome?: 'send' | 'skip' | 'fail'
  readonly validation?: { readonly isValid: boolean; readonly issues: readonly Issue[] }
  /** Masked. */
  readonly recipients?: readonly string[]
  readonly guard: GuardOutcome
  readonly deadline: { readonly deadlineMs: number; readonly attemptTimeoutMs: number }
  readonly idempotency: { readonly isOn: boolean; readonly isShared: boolean; readonly ttlMs: number }
  readonly suppression: { readonly isOn: boolean }
  readonly retry: Settings['retry']
  readonly breaker: Settings['breaker'] | false
  /** Who is asked, in order, and by which strategy. */
  readonly strategy: string
  readonly providers: readonly ProviderPlan[]
}

export interface ExplainInit {
  readonly channel: string
  readonly source: string
  readonly driver: AnyNotifier
  readonly settings: Settings
  readonly message: Fields | undefined
}

export async function explanationOf(init: ExplainInit): Promise<Explanation> {
  const { channel, source, driver, settings, message } = init
  const checked = message && (await validationOf(driver, message))
  const guard = guardOutcome(settings.guard, channel, checked?.addresses)
  return {
    channel,
    source,
    ...(checked && {
      outcome: outcomeOf(checked.issues, guard),
      validation: { isValid: checked.issues.length === 0, issues: checked.issues },
      recipients: checked.recipients,
    }),
    guard,
    ...policiesOf(settings, driver),
    strategy: driver.provider,
    providers: providersOf(driver, settings, checked?.bytes ?? []),
  }
}

function policiesOf(settings: Settings, { deduplicates }: AnyNotifier) {
  const { deadlineMs, attemptTimeoutMs, idempotency, suppression, retry, breaker } = settings
  return {
    deadline: { deadlineMs, attemptTimeoutMs },
    idempotency: {
      isOn: idempotency !== undefined,
      isShared: idempotency?.store !== undefined,
      ttlMs: idempotency?.ttlMs ?? KEY_TTL_MS,
    },
    suppression: { isOn: suppression !== undefined },
    // A provider that makes one message of two may be asked again.
    retry: { ...retry, onUnknown: deduplicates ? ('retry' as const) : retry.onUnknown },
    breaker: breaker ?? (false as const),
  }
}

function outcomeOf(issues: readonly Issue[], { outcome }: GuardOutcome): 'send' | 'skip' | 'fail' {
  if (issues.length > 0 || outcome === 'refuse') return 'fail'
  return outcome === 'skip' ? 'skip' : 'send'
}
