/** Where OAuth2 access tokens come from: a fixed one, the caller's function, or a refresh token. */
import type { Clock } from '../../core/clock.ts'
import { NotifyError } from '../../core/errors.ts'
import type { ProvidedToken, SmtpConfig } from './config.ts'
import { loadNodemailer } from './library.ts'
import { SharedToken, tokenFailure, type FetchedToken } from './shared-token.ts'

type OAuth2 = Extract<SmtpConfig['auth'], { readonly type: 'oauth2' }>

/** RFC 6749 sections 4.1.2.1 and 5.2: errors of the token endpoint that pass. */
const PASSING = /^(temporarily_unavailable|server_error|slow_down)\b/

export function sharedTokenOf({ auth }: SmtpConfig, clock: Clock): SharedToken | undefined {
  return auth?.type === 'oauth2' ? new SharedToken(auth.user, () => fetchToken(auth), clock) : undefined
}

function fetchToken(auth: OAuth2): Promise<FetchedToken> {
  if (auth.accessToken !== undefined) {
    return Promise.resolve({ accessToken: auth.accessToken, expiresInMs: undefined })
  }
  return auth.tokenProvider ? askProvider(auth.tokenProvider) : trade(auth)
}

async function askProvider(provider: NonNullable<OAuth2['tokenProvider']>): Promise<FetchedToken> {
  let given: string | ProvidedToken
  try {
    given = await provider()
  } catch (cause) {
    throw NotifyError.isNotifyError(cause) ? cause : tokenFailure(false, cause)
  }
  const { accessToken, expiresInMs } = typeof given === 'string' ? { accessToken: given } : given
  if (typeof accessToken === 'string' && /^[\x21-\x7e]+$/.test(accessToken))
    return { accessToken, expiresInMs }
  throw new NotifyError('INVALID_CONFIG', 'auth.tokenProvider: expected a token of printable ASCII')
}

/** Trades the refresh token by nodemailer's XOAuth2, for this one request. */
async function trade({
  user,
  refreshToken,
  clientId,
  clientSecret,
  accessUrl,
}: OAuth2): Promise<FetchedToken> {
  const { XOAuth2 } = await loadNodemailer()
  let expiresInMs: number | undefined
  class Client extends XOAuth2 {
    /** Told in seconds; the engine itself would turn them into a time of the machine's clock. */
    override updateToken(accessToken: string, seconds?: number | string): void {
      expiresInMs = Number(seconds) > 0 ? Number(seconds) * 1000 : undefined
      super.updateToken(accessToken, seconds)
    }
  }
  const client = new Client({ user, refreshToken, clientId, clientSecret, accessUrl })
  return new Promise((resolve, reject) => {
    client.getToken(true, (error, accessToken) => {
      if (error || !accessToken) reject(tokenFailure(isRefusal(error), error))
      else resolve({ accessToken, expiresInMs })
    })
  })
}

/** A JSON answer with an `error` is the endpoint's own word; anything else is a failure on the way. */
function isRefusal(error: (Error & { readonly code?: string }) | null): boolean {
  return error?.code === 'EOAUTH2' && !PASSING.test(error.message)
}
