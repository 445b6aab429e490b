/** The calls the drivers make: send a message, get an access token, list templates. Whatever they throw is a NotifyError. */
import type { Clock } from '../../core/clock.ts'
import { changed, NotifyError } from '../../core/errors.ts'
import { bareError } from '../../core/redact.ts'
import type { TokenFetch } from './access-token.ts'
import { fromFailure, fromForeignReply, fromVerdict } from './errors.ts'
import { HttpClient, HttpFailure, type HttpReply, type HttpSettings } from './http.ts'
import {
  readTemplates,
  readToken,
  readVerdict,
  type IssuedToken,
  type ListedTemplate,
  type WechatReply,
} from './reply.ts'

export interface Account {
  readonly appId: string
  readonly appSecret: string
}

/** A call that needs no more than the token. */
export interface ApiCall {
  readonly path: string
  readonly token: string
  readonly signal: AbortSignal
}

export interface MessageCall extends ApiCall {
  /** JSON. */
  readonly body: Buffer
}

/** One fetch serves many sends, so none of their deadlines can bound it. */
const TOKEN_TIMEOUT_MS = 10_000

export class WechatApi {
  readonly #http: HttpClient
  readonly #clock: Clock
  readonly #account: Account
  readonly #closing = new AbortController()

  constructor(account: Account, settings: HttpSettings, clock: Clock) {
    this.#account = account
    this.#http = new HttpClient(settings, clock)
    this.#clock = clock
  }

  /** WeChat's verdict on a message, whichever it is, and the HTTP status it came with. */
  async send({ path, token, body, signal }: MessageCall): Promise<WechatReply & { readonly status: number }> {
    const query = { access_token: token }
    const reply = await this.#told(this.#http.post({ path, body, signal, query }))
    const read = readVerdict(reply)
    if (!read || !isCredible(reply, read)) throw fromForeignReply(reply)
    return { ...read, status: reply.status }
  }

  /** Every template of the account. */
  async templates({ path, token, signal }: ApiCall): Promise<readonly ListedTemplate[]> {
    const reply = await this.#told(this.#http.get({ path, signal, query: { access_token: token } }))
    const templates = reply.status < 500 ? readTemplates(reply) : undefined
    if (templates) return templates
    const verdict = reply.status < 500 ? readVerdict(reply) : undefined
    throw verdict ? this.refusal({ ...verdict, status: reply.status }) : fromForeignReply(reply)
  }

  /** The error that `reply` stands for. */
  refusal(reply: WechatReply & { readonly status: number }): NotifyError {
    return fromVerdict(reply, reply.status, this.#clock.now())
  }

  /**
   * An access token of the `stable_token` interface, which hands every process the same one.
   * Source: https://developers.weixin.qq.com/doc/service/en/api/base/api_getstableaccesstoken.html
   * WeChat allows 20 forced ones a day, 30 s apart.
   * @throws {NotifyError} always `not_sent`: no message was on its way
   */
  async fetchToken({ force, signal: caller }: TokenFetch): Promise<IssuedToken> {
    const timeout = new AbortController()
    const timer = this.#clock.setTimeout(() => timeout.abort(), TOKEN_TIMEOUT_MS)
    const signal = AbortSignal.any([timeout.signal, this.#closing.signal, caller])
    try {
      return await this.#fetchToken(force, signal)
    } catch (cause) {
      if (timeout.signal.aborted) throw timedOut(cause)
      throw asNotSent(cause)
    } finally {
      timer.cancel()
    }
  }

  /** Drops every connection and gives up the token being fetched. */
  close(): void {
    this.#closing.abort()
    this.#http.close()
  }

  async #fetchToken(force: boolean, signal: AbortSignal): Promise<IssuedToken> {
    const { appId, appSecret } = this.#account
    const login = { grant_type: 'client_credential', appid: appId, secret: appSecret, force_refresh: force }
    const body = Buffer.from(JSON.stringify(login))
    const reply = await this.#told(this.#http.post({ path: '/cgi-bin/stable_token', body, signal }))
    const token = reply.status < 500 ? readToken(reply) : undefined
    if (token) return token
    const refusal = reply.status < 500 ? readVerdict(reply) : undefined
    throw refusal ? this.refusal({ ...refusal, status: reply.status }) : fromForeignReply(reply)
  }

  async #told(exchange: Promise<HttpReply>): Promise<HttpReply> {
    try {
      return await exchange
    } catch (cause) {
      throw cause instanceof HttpFailure ? fromFailure(cause) : cause
    }
  }
}

/** A gateway's status overrules what it passes on; only a refusal may come with a status that refuses. */
function isCredible({ status }: HttpReply, { errcode }: WechatReply): boolean {
  return errcode === 0 ? status >= 200 && status < 300 : status < 500
}

function timedOut(cause: unknown): NotifyError {
  const text = `WeChat issued no access token within ${TOKEN_TIMEOUT_MS} ms`
  return new NotifyError('TIMED_OUT', text, { cause, delivery: 'not_sent' })
}

/** Whatever failed, no message was on its way. */
function asNotSent(error: unknown): NotifyError {
  if (!NotifyError.isNotifyError(error)) {
    const text = 'The driver failed while it asked for an access token'
    return new NotifyError('DRIVER_FAILED', text, { cause: bareError(error), delivery: 'not_sent' })
  }
  return changed(error, { delivery: 'not_sent' })
}
