/** Where OAuth2 access tokens come from: a fixed one, the caller's function, or a refresh token. */
import type { Clock } from '../../core/clock.ts'
import { NotifyError } from '../../core/errors.ts'
import type { ProvidedToken, SmtpConfig } from './config.ts'
import { SharedToken, tokenFailure, type FetchedToken } from './shared-token.ts'

type OAuth2 = Extract<SmtpConfig['auth'], { readonly type: 'oauth2' }>

/** RFC 6749 sections 4.1.2.1 and 5.2: refusals of the token endpoint, and errors that pass. */
const REFUSALS = new Set([
  ...['invalid_grant', 'invalid_client', 'unauthorized_client', 'invalid_request', 'invalid_scope'],
  ...['access_denied', 'unsupported_grant_type'],
])
const PASSING = new Set(['temporarily_unavailable', 'server_error', 'slow_down'])
const TOKEN = /^[\x21-\x7e]+$/

export function sharedTokenOf({ auth, timeouts }: SmtpConfig, clock: Clock): SharedToken | undefined {
  if (auth?.type !== 'oauth2') return undefined
  const fetch = (signal: AbortSignal) => fetchToken(auth, signal)
  return new SharedToken({ user: auth.user, fetch, maxMs: timeouts.connectMs }, clock)
}

function fetchToken(auth: OAuth2, signal: AbortSignal): Promise<FetchedToken> {
  if (auth.accessToken !== undefined) {
    return Promise.resolve({ accessToken: auth.accessToken, expiresInMs: undefined })
  }
  return auth.tokenProvider ? askProvider(auth.tokenProvider) : trade(auth, signal)
}

async function askProvider(provider: NonNullable<OAuth2['tokenProvider']>): Promise<FetchedToken> {
  let given: string | ProvidedToken
  try {
    given = await provider()
  } catch (cause) {
    throw NotifyError.isNotifyError(cause) ? cause : tokenFailure(false, cause)
  }
  const { accessToken, expiresInMs } = typeof given === 'string' ? { accessToken: given } : given
  if (typeof accessToken === 'string' && TOKEN.test(accessToken)) return { accessToken, expiresInMs }
  throw new NotifyError('INVALID_CONFIG', 'auth.tokenProvider: expected a token of printable ASCII')
}

/** Trades the refresh token. Source: RFC 6749 section 6. */
async function trade(
  { refreshToken = '', clientId = '', clientSecret = '', accessUrl }: OAuth2,
  signal: AbortSignal,
): Promise<FetchedToken> {
  const body = new URLSearchParams({
    client_id: clientId,
    client_secret: clientSecret,
    refresh_token: refreshToken,
    grant_type: 'refresh_token',
  })
  let answer: Answer
  let status: number
  try {
    // A redirect could lead the secret away.
    const response = await fetch(accessUrl, { method: 'POST', body, signal, redirect: 'error' })
    status = response.status
    answer = readAnswer(await response.text())
  } catch (cause) {
    throw tokenFailure(false, cause)
  }
  const { access_token: accessToken, expires_in: seconds } = answer
  if (status === 200 && typeof accessToken === 'string' && TOKEN.test(accessToken))
    return { accessToken, expiresInMs: Number(seconds) > 0 ? Number(seconds) * 1000 : undefined }
  throw tokenFailure(isRefusal(status, answer), answerError(status, answer))
}

/** RFC 6749 section 5: those we read of it. */
type Answer = Partial<Record<'access_token' | 'expires_in' | 'error' | 'error_description', unknown>>

function readAnswer(text: string): Answer {
  try {
    const answer: unknown = JSON.parse(text)
    return typeof answer === 'object' && answer !== null ? answer : {}
  } catch {
    return {}
  }
}

function isRefusal(status: number, { error }: Answer): boolean {
  if (status >= 500 || status === 429) return false
  if (typeof error === 'string' && REFUSALS.has(error)) return true
  return [400, 401, 403].includes(status) && !(typeof error === 'string' && PASSING.has(error))
}

function answerError(status: number, { error, error_description: description }: Answer): Error {
  const words = [error, description].filter((word) => typeof word === 'string')
  return new Error([`The token endpoint answered ${status}`, ...words].join(': '))
}
