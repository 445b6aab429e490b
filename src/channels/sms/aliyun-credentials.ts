/** The keys each call is signed with: fixed ones, or those the caller's function hands out. */
import { NotifyError } from '../../core/errors.ts'
import { parse } from '../../core/parse.ts'
import { aliyunCredentials, type AliyunConfig, type AliyunCredentials } from './aliyun-config.ts'
import { untilAborted } from '../../core/until-aborted.ts'

/** Enough for every call in flight while credentials rotate. */
const REMEMBERED = 4
const NETWORK_CODES = /^(?:E[A-Z_]+|UND_ERR_\w+)$/

export class Credentials {
  readonly #source: AliyunConfig['credentials']
  #recent: readonly AliyunCredentials[] = []

  constructor(source: AliyunConfig['credentials']) {
    this.#source = source
    if (typeof source !== 'function') this.#recent = [source]
  }

  /** @throws {NotifyError} not sent: what the caller's function threw, or INVALID_CONFIG for what it returned */
  async current(signal: AbortSignal): Promise<AliyunCredentials> {
    if (typeof this.#source !== 'function') return this.#source
    const given = await untilAborted(ask(this.#source), signal)
    const credentials = parse(aliyunCredentials, given, 'INVALID_CONFIG')
    if (!this.#recent.some((known) => isSame(known, credentials))) {
      this.#recent = [credentials, ...this.#recent].slice(0, REMEMBERED)
    }
    return credentials
  }

  /** Others than the expired ones; undefined where there are none to be had. */
  async renewed(expired: AliyunCredentials, signal: AbortSignal): Promise<AliyunCredentials | undefined> {
    const credentials = await this.current(signal)
    return isSame(credentials, expired) ? undefined : credentials
  }

  /** What must not stand in any error. */
  secrets(): string[] {
    return this.#recent.flatMap((keys) => Object.values(keys).filter((value) => value !== undefined))
  }
}

async function ask(source: () => Promise<AliyunCredentials>): Promise<unknown> {
  try {
    return await source()
  } catch (cause) {
    if (NotifyError.isNotifyError(cause)) throw notSent(cause)
    const code = isNetworkFailure(cause) ? 'UNAVAILABLE' : 'UNAUTHORIZED'
    throw new NotifyError(code, 'The credentials function failed', { cause, delivery: 'not_sent' })
  }
}

/** The caller's own word, but for what it cannot know: nothing is sent before there are keys. */
function notSent(error: NotifyError): NotifyError {
  if (error.delivery === 'not_sent') return error
  const { code, message, cause, provider, retryAfterMs, reason, since, issues } = error
  const facts = { provider, retryAfterMs, reason, since, issues }
  return new NotifyError(code, message, { ...facts, cause, delivery: 'not_sent' })
}

function isNetworkFailure(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && NETWORK_CODES.test(String(cause.code))
}

function isSame(one: AliyunCredentials, other: AliyunCredentials): boolean {
  const names = ['accessKeyId', 'accessKeySecret', 'securityToken'] as const
  return names.every((name) => one[name] === other[name])
}
