/** Asks a driver whether its credentials hold, and says what its answer means. Nothing is sent. */
import { randomUUID } from 'node:crypto'
import { Attempt } from '../../core/delivery.ts'
import { NotifyError } from '../../core/errors.ts'
import type { AnyNotifier } from '../../core/notifier.ts'
import { untilAborted } from '../../core/until-aborted.ts'
import { adviceFor } from './advice.ts'
import { isClockRefusal, SET_CLOCK, type ClockEvidence } from './clock-check.ts'
import { failed, ok, skipped, warning, type Finding } from './finding.ts'
import { missingPackage } from './packages.ts'
import type { Limits } from './within.ts'

/** What came of asking: whether the driver can ask, or why it was refused. */
export type Answer = { readonly isChecked: boolean; readonly error?: never } | { readonly error: NotifyError }

/** Runs `ask` with an attempt that ends in time; what it throws is the driver's word, secrets cut out. */
export async function inTime<T>(
  notifier: AnyNotifier,
  { clock, timeoutMs }: Limits,
  ask: (attempt: Attempt) => Promise<T>,
): Promise<T> {
  const attempt = new Attempt({ id: randomUUID(), attemptTimeoutMs: timeoutMs })
  const timer = clock.setTimeout(() => attempt.expire(), timeoutMs)
  try {
    // A driver of the user's may not heed the signal.
    return await untilAborted(ask(attempt), attempt.signal)
  } catch (cause) {
    throw attempt.abortReason ?? (NotifyError.isNotifyError(cause) ? cause : notifier.explain(cause))
  } finally {
    timer.cancel()
  }
}

export async function askDriver(notifier: AnyNotifier, limits: Limits): Promise<Answer> {
  try {
    return { isChecked: await inTime(notifier, limits, (attempt) => notifier.verify(attempt)) }
  } catch (cause) {
    return { error: cause as NotifyError }
  }
}

export interface Asked extends ClockEvidence {
  readonly answer: Answer
  /** Whether the way to the provider is known to be broken. */
  readonly isWayBroken: boolean
}

/** About `credentials` and, for APNs, `topic`. */
export function judgeCredentials(asked: Asked): readonly Finding[] {
  const { answer, provider } = asked
  if (answer.error) return judgeRefusal(answer.error, asked)
  if (!answer.isChecked) return [skipped('credentials', 'the driver has no way to ask without sending')]
  const credentials = ok('credentials', ACCEPTED[provider] ?? 'accepted')
  if (provider !== 'apns') return [credentials]
  return [credentials, ok('topic', 'APNs does not object to the bundleId')]
}

const ACCEPTED: Readonly<Record<string, string>> = {
  smtp: 'the server took the connection and the login',
  aliyun: 'the keys may list templates',
  tencent: 'the keys are those of the application',
  'wechat-mini-program': 'WeChat issued an access token',
  'wechat-official-account': 'WeChat issued an access token',
  apns: 'APNs judged the push of an impossible device token, so it knows us',
  websocket: 'the library and the broker are ready',
  centrifugo: 'the server took the key',
}

/** A hub is attached to the server of the application, which is not here. */
const HUB_ELSEWHERE = 'library and broker are ready; clients connect to your application, not to this command'

/** The credentials are right, and refused for what the check asks and a message does not. */
const LACKS_PERMISSION: ReadonlySet<string> = new Set([
  'isp.RAM_PERMISSION_DENY',
  'Forbidden.RAM',
  'NoPermission',
  'AuthFailure.UnauthorizedOperation',
  'UnauthorizedOperation',
])

/** The credentials are right, and not for this topic. */
const WRONG_TOPIC: ReadonlySet<string> = new Set([
  'TopicDisallowed',
  'UnrelatedKeyIdInToken',
  'BadTopic',
  'MissingTopic',
])

function judgeRefusal(error: NotifyError, asked: Asked): readonly Finding[] {
  const notAsked = whyNotAsked(error, asked)
  if (notAsked !== undefined) return [skipped('credentials', notAsked)]
  const { provider } = asked
  const { code, message } = error
  const providerCode = error.provider?.code ?? ''
  const trouble = {
    ...{ message, code, fix: adviceFor(provider, error) },
    providerCode: error.provider?.code,
  }
  if (isClockRefusal(asked)) return [failed('credentials', { ...trouble, fix: SET_CLOCK })]
  if (LACKS_PERMISSION.has(providerCode)) return [lacking(trouble, provider)]
  if (provider === 'apns' && WRONG_TOPIC.has(providerCode))
    return [ok('credentials', 'APNs knows the key or certificate'), failed('topic', trouble)]
  return [code === 'RATE_LIMITED' ? warning('credentials', trouble) : failed('credentials', trouble)]
}

/** Nothing where the provider did judge them. */
function whyNotAsked(error: NotifyError, { isWayBroken }: Asked): string | undefined {
  if (missingPackage(error) !== undefined) return 'not asked: the package is missing'
  if (error.provider?.code === 'not_serving') return HUB_ELSEWHERE
  const isOutage = error.code === 'UNAVAILABLE' || error.code === 'TIMED_OUT'
  return isWayBroken && isOutage ? 'not asked: the way there is broken' : undefined
}

function lacking(trouble: Parameters<typeof warning>[1], provider: string): Finding {
  const [action, where] =
    provider === 'aliyun'
      ? ['dysms:QuerySmsTemplateList', 'RAM user']
      : ['sms:SendStatusStatistics', 'CAM user']
  const fix = `Grant the ${where} ${action}, without which neither templates nor sending can be checked; it may be allowed to send all the same`
  return warning('credentials', { ...trouble, fix })
}
