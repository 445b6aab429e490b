/** One OAuth2 access token for all connections: fetched once however many wait, renewed once however many were refused. */
import type { Clock } from '../../core/clock.ts'
import { NotifyError } from '../../core/errors.ts'
import { untilAborted } from '../../core/until-aborted.ts'

export interface FetchedToken {
  readonly accessToken: string
  readonly expiresInMs: number | undefined
}

/** Stops when the signal aborts, as far as it can. */
export type FetchToken = (signal: AbortSignal) => Promise<FetchedToken>

export interface SharedTokenOptions {
  readonly user: string
  readonly fetch: FetchToken
  /** Milliseconds a fetch may take. */
  readonly maxMs: number
}

/** Renewed this long before it ends, in milliseconds, for a login under way must not outlive it. */
const RENEW_EARLY_MS = 60_000
/** Tokens remembered so that they can be cut out of errors. */
const REMEMBERED = 4

export class SharedToken {
  readonly #user: string
  readonly #fetch: FetchToken
  readonly #maxMs: number
  readonly #clock: Clock
  #value: string | undefined
  #renewAt = 0
  #pending: Promise<string> | undefined
  #stop: AbortController | undefined
  readonly #seen: string[] = []

  constructor({ user, fetch, maxMs }: SharedTokenOptions, clock: Clock) {
    this.#user = user
    this.#fetch = fetch
    this.#maxMs = maxMs
    this.#clock = clock
  }

  /** Gives up the fetch under way. */
  close(): void {
    this.#stop?.abort()
  }

  /** Tokens of late, as they may stand in an error. */
  get secrets(): readonly string[] {
    return this.#seen.flatMap((token) => [token, this.bearer(token)])
  }

  /** What one connection logs in with. */
  login(): TokenLogin {
    return new TokenLogin(this)
  }

  /** The token, renewed where it has ended. */
  current(): Promise<string> {
    if (this.#value !== undefined && this.#clock.monotonic() < this.#renewAt)
      return Promise.resolve(this.#value)
    return this.#renew()
  }

  /** A token other than `refused`; asks for a new one only where nobody else did since. */
  replace(refused: string): Promise<string> {
    if (this.#value !== undefined && this.#value !== refused) return Promise.resolve(this.#value)
    return this.#renew()
  }

  /** SASL XOAUTH2's initial response. Source: https://developers.google.com/gmail/imap/xoauth2-protocol */
  bearer(token: string): string {
    return `user=${this.#user}\x01auth=Bearer ${token}\x01\x01`
  }

  #renew(): Promise<string> {
    this.#pending ??= this.#request().finally(() => {
      this.#pending = undefined
    })
    return this.#pending
  }

  async #request(): Promise<string> {
    const { accessToken, expiresInMs } = await this.#fetchInTime()
    this.#value = accessToken
    this.#renewAt =
      expiresInMs === undefined ? Infinity : this.#clock.monotonic() + expiresInMs - RENEW_EARLY_MS
    if (!this.#seen.includes(accessToken)) this.#seen.push(accessToken)
    if (this.#seen.length > REMEMBERED) this.#seen.shift()
    return accessToken
  }

  /** A fetch that never ends would be waited for by every message to come. */
  async #fetchInTime(): Promise<FetchedToken> {
    const stop = new AbortController()
    this.#stop = stop
    const timer = this.#clock.setTimeout(() => stop.abort(), this.#maxMs)
    try {
      return await untilAborted(this.#fetch(stop.signal), stop.signal)
    } catch (cause) {
      throw stop.signal.aborted ? tokenFailure(false, new Error('It took too long, or was given up')) : cause
    } finally {
      timer.cancel()
    }
  }
}

/** Speaks for the shared token on one connection, in the shape of nodemailer's XOAuth2. */
export class TokenLogin {
  readonly #shared: SharedToken
  #token: string | undefined
  #hasRenewed = false
  /** Why no token could be had, where nodemailer would wrap it. */
  failure: unknown

  constructor(shared: SharedToken) {
    this.#shared = shared
  }

  /** Fetches the token before it is needed. */
  async prepare(signal: AbortSignal): Promise<void> {
    this.#token ??= await untilAborted(this.#shared.current(), signal)
  }

  /** Once: whether there is another token to try than the one that was refused. */
  async renew(signal: AbortSignal): Promise<boolean> {
    const refused = this.#token
    if (this.#hasRenewed) return false
    this.#hasRenewed = true
    const token = await untilAborted(this.#renewed(), signal)
    return token !== refused
  }

  /** nodemailer's side: asks again where the server showed that it refuses the token. */
  getToken(isRefused: boolean, done: (error: Error | null, token?: string) => void): void {
    const asked = isRefused ? this.#renewed() : Promise.resolve(this.#token ?? '')
    if (isRefused) this.#hasRenewed = true
    asked.then(
      (token) => done(null, token),
      (cause: unknown) => {
        this.failure = cause
        done(new Error('No access token'))
      },
    )
  }

  buildXOAuth2Token(token: string): string {
    return Buffer.from(this.#shared.bearer(token)).toString('base64')
  }

  async #renewed(): Promise<string> {
    this.#token = await (this.#token === undefined
      ? this.#shared.current()
      : this.#shared.replace(this.#token))
    return this.#token
  }
}

/** A refusal of the token endpoint, or its silence. */
export function tokenFailure(isRefused: boolean, cause: unknown): NotifyError {
  return new NotifyError(
    isRefused ? 'UNAUTHORIZED' : 'UNAVAILABLE',
    isRefused
      ? 'The OAuth2 token endpoint refuses the credentials'
      : 'No OAuth2 access token could be fetched',
    { delivery: 'not_sent', cause },
  )
}
