/** An explanation in lines for people. */
import type { Explanation } from './explanation.ts'
import type { ProviderPlan } from './providers.ts'

const GUARDS = {
  off: 'none: everybody may be sent to',
  pass: 'lets it pass',
  redirect: 'sends it to somebody else instead',
  skip: 'skips whom it does not allow',
  refuse: 'refuses whom it does not allow',
} as const

const OUTCOMES = { send: 'would be sent', skip: 'would be skipped', fail: 'would fail' } as const

export function textOf(explanation: Explanation): string {
  const { channel, source, outcome } = explanation
  const lines: (readonly [string, string])[] = [
    ['channel', `${channel}, from ${source}`],
    ...messageLines(explanation),
    ...policyLines(explanation),
    ...explanation.providers.map((plan, index) => [`${index + 1}.`, planText(plan)] as const),
    ...(outcome ? [['so it', OUTCOMES[outcome]] as const] : []),
  ]
  const width = Math.max(...lines.map(([name]) => name.length))
  return `${lines.map(([name, text]) => `${name.padEnd(width)}  ${text}`).join('\n')}\n`
}

function* messageLines({ validation, recipients }: Explanation): Generator<readonly [string, string]> {
  if (!validation) return
  yield ['validation', validation.isValid ? 'right' : `${validation.issues.length} wrong:`]
  for (const { path, message } of validation.issues) yield ['', path ? `${path}: ${message}` : message]
  if (recipients && recipients.length > 0) yield ['recipients', recipients.join(', ')]
}

function* policyLines(explanation: Explanation): Generator<readonly [string, string]> {
  const { guard, deadline, idempotency, suppression, retry, breaker, strategy } = explanation
  yield ['guard', `${GUARDS[guard.outcome]}${guard.redirectTo ? `, ${guard.redirectTo}` : ''}`]
  yield ['deadline', `${deadline.deadlineMs} ms in all, ${deadline.attemptTimeoutMs} ms a try`]
  const where = idempotency.isShared ? 'in a shared store' : 'in this process'
  yield ['keys', idempotency.isOn ? `${where}, for ${idempotency.ttlMs} ms` : 'not kept']
  yield ['dead addresses', suppression.isOn ? 'are looked up, and skipped' : 'are not remembered']
  yield [
    'retry',
    `${retry.tries} tries, delays up to ${retry.baseDelayMs} ms, doubling to ${retry.maxDelayMs} ms`,
  ]
  const again =
    retry.onUnknown === 'retry' ? 'tries again' : 'stops: a second message is worse than not knowing'
  yield ['if unknown', again]
  const { failures, of, coolDownMs } = breaker || { failures: 0, of: 0, coolDownMs: 0 }
  const opens = `opens after ${failures} failures of ${of} tries, for ${coolDownMs} ms`
  yield ['breaker', breaker ? opens : 'none']
  yield ['providers', strategy]
}

function planText({ provider, bytes, limits, ...plan }: ProviderPlan): string {
  const rates = limits.account.map(({ limit, perMs }) => `${limit} in ${perMs} ms`)
  return [
    provider,
    ...(bytes === undefined ? [] : [`${bytes} bytes on the wire`]),
    rates.length > 0 ? `at most ${rates.join(' and ')}` : 'no limit of ours',
    ...(limits.recipient.length > 0 ? ['recipients limited'] : []),
    ...(plan.deduplicates ? ['makes one message of two'] : []),
    ...(plan.canBeAsked ? ['can be asked what became of it'] : []),
    `durable deliveries of unknown outcome: ${plan.durableOnUnknown}`,
  ].join(', ')
}
