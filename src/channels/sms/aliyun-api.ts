/** Makes a signed call of Aliyun's API, and repairs what can be repaired before business is done: clock and token. */
import { createHash, randomUUID } from 'node:crypto'
import type { Clock } from '../../core/clock.ts'
import { authorization, canonicalQuery, EMPTY_BODY_SHA256 } from './acs3.ts'
import type { AliyunConfig, AliyunCredentials } from './aliyun-config.ts'
import { Credentials } from './aliyun-credentials.ts'
import { isAccepted, readReply, refusal, type AliyunReply } from './aliyun-reply.ts'
import { Wire, type WireCall } from './wire.ts'

/** As the SDK's own request models describe it. */
export interface Operation {
  readonly action: string
  readonly version: string
  readonly method: string
  readonly pathname: string
  readonly query: Readonly<Record<string, string>>
  /** Goes as a form. @default none */
  readonly body?: Readonly<Record<string, string>> | undefined
}

export class AliyunApi {
  readonly #host: string
  readonly #wire: Wire
  readonly #clock: Clock
  readonly #credentials: Credentials
  /** What to add to our clock to have theirs, in milliseconds. */
  #skewMs = 0
  /** The same as of the last answer, for nothing that is signed: a proxy's clock may be wrong too. */
  #heardSkewMs = 0

  constructor(config: AliyunConfig, clock: Clock) {
    this.#host = config.endpoint.host
    const { endpoint, maxSockets } = config
    this.#wire = new Wire({ endpoint, maxSockets, provider: 'Aliyun' })
    this.#clock = clock
    this.#credentials = new Credentials(config.credentials)
  }

  /** @throws {NotifyError} where Aliyun did not answer OK, by what it said and by what is known of the exchange */
  async call(operation: Operation, call: WireCall): Promise<AliyunReply> {
    const { signal } = call
    const keys = await this.#credentials.current(signal)
    const first = await this.#exchange(operation, keys, call)
    if (isAccepted(first)) return first
    const repaired = await this.#repaired(first, keys, signal)
    const last = repaired ? await this.#exchange(operation, repaired, call) : first
    if (isAccepted(last)) return last
    throw refusal(last, operation.action)
  }

  /** What to add to our clock to have theirs, in milliseconds and as far as is known: to the second, nothing before an answer. */
  get skewMs(): number {
    return this.#heardSkewMs
  }

  secrets(): string[] {
    return this.#credentials.secrets()
  }

  close(): void {
    this.#wire.close()
  }

  /** The keys to try once more with, where the refusal came before business and its reason could be removed. */
  async #repaired(
    { code, serverTime }: AliyunReply,
    keys: AliyunCredentials,
    signal: AbortSignal,
  ): Promise<AliyunCredentials | undefined> {
    if (code === 'InvalidSecurityToken.Expired') return this.#credentials.renewed(keys, signal)
    if (code !== 'InvalidTimeStamp.Expired' || serverTime === undefined) return undefined
    this.#skewMs = serverTime - this.#clock.now()
    return keys
  }

  async #exchange(operation: Operation, keys: AliyunCredentials, call: WireCall): Promise<AliyunReply> {
    const { method, pathname, query } = operation
    const body = operation.body && canonicalQuery(operation.body)
    const headers = { ...this.#headers(operation, keys), ...bodyHeaders(body) }
    const authorized = {
      ...headers,
      authorization: authorization({ method, pathname, query, headers }, keys),
    }
    const path = `${pathname}?${canonicalQuery(query)}`
    const request = { method, path, headers: authorized, ...(body !== undefined && { body }) }
    const reply = readReply(await this.#wire.send(request, call))
    if (reply.serverTime !== undefined) this.#heardSkewMs = reply.serverTime - this.#clock.now()
    return reply
  }

  #headers({ action, version }: Operation, keys: AliyunCredentials): Record<string, string> {
    const date = new Date(this.#clock.now() + this.#skewMs).toISOString()
    const { accessKeyId, securityToken } = keys
    return {
      host: this.#host,
      accept: 'application/json',
      'user-agent': 'notiwire',
      'x-acs-action': action,
      'x-acs-version': version,
      'x-acs-date': date.replace(/\.\d+Z$/, 'Z'),
      'x-acs-signature-nonce': randomUUID(),
      ...(securityToken && { 'x-acs-accesskey-id': accessKeyId, 'x-acs-security-token': securityToken }),
    }
  }
}

function bodyHeaders(body: string | undefined): Readonly<Record<string, string>> {
  if (body === undefined) return { 'x-acs-content-sha256': EMPTY_BODY_SHA256 }
  return {
    'content-type': 'application/x-www-form-urlencoded',
    'x-acs-content-sha256': createHash('sha256').update(body).digest('hex'),
  }
}
