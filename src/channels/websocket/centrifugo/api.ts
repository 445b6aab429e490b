/**
 * The methods of the server's HTTP API that the driver calls.
 * Sources, read 2026-11-26: https://centrifugal.dev/docs/server/server_api
 * https://github.com/centrifugal/centrifugo/blob/master/internal/apiproto/api.proto
 */
import type { Position } from '../../../core/push-broker.ts'
import { CLOSE } from '../close-codes.ts'
import type { CentrifugoConfig } from './config.ts'
import { fromReply } from './errors.ts'
import { HttpClient } from './http.ts'
import { clientsIn, hasNodes, positionIn, readReply, type ApiReply } from './reply.ts'

/** Error code of a namespace without presence, or without history. */
const NOT_AVAILABLE = 108

export class CentrifugoApi {
  readonly #http: HttpClient
  readonly #prefix: string
  readonly #headers: Readonly<Record<string, string>>

  constructor({ endpoint, apiPath, apiKey, maxSockets, ca }: CentrifugoConfig) {
    this.#http = new HttpClient({ endpoint, maxSockets, ca })
    this.#prefix = `${endpoint.pathname.replace(/\/+$/, '')}${apiPath}`
    this.#headers = { 'content-type': 'application/json', 'x-api-key': apiKey, 'user-agent': 'notiwire' }
  }

  /** Of the API's method, under the endpoint. */
  pathOf(method: string): string {
    return `${this.#prefix}/${method}`
  }

  /** @returns where it was kept; nothing where it was not */
  async publish(body: string, signal: AbortSignal): Promise<Position | undefined> {
    const reply = await this.#call('publish', body, signal)
    if (!reply.result) throw fromReply(reply)
    return positionIn(reply.result)
  }

  /** How many connections are subscribed to the channel; null where its namespace has no presence. */
  async clients(channel: string, signal: AbortSignal): Promise<number | null> {
    const reply = await this.#call('presence_stats', JSON.stringify({ channel }), signal)
    if (reply.error?.code === NOT_AVAILABLE) return null
    const clients = clientsIn(reply.result)
    if (clients === undefined) throw fromReply(reply)
    return clients
  }

  /** Whether the channel keeps its publications. */
  async keepsHistory(channel: string, signal: AbortSignal): Promise<boolean> {
    const reply = await this.#call('history', JSON.stringify({ channel, limit: 0 }), signal)
    if (reply.error?.code === NOT_AVAILABLE) return false
    if (!reply.result) throw fromReply(reply)
    return true
  }

  async disconnect(user: string, isToReturn: boolean, signal: AbortSignal): Promise<void> {
    const request = { user, ...(isToReturn && { disconnect: CLOSE.forceReconnect }) }
    const reply = await this.#call('disconnect', JSON.stringify(request), signal)
    if (!reply.result) throw fromReply(reply)
  }

  /** Needs the key and changes nothing. */
  async info(signal: AbortSignal): Promise<void> {
    const reply = await this.#call('info', '{}', signal)
    if (!hasNodes(reply.result)) throw fromReply(reply)
  }

  close(): void {
    this.#http.close()
  }

  async #call(method: string, body: string, signal: AbortSignal): Promise<ApiReply> {
    const request = { path: this.pathOf(method), headers: this.#headers, body: Buffer.from(body), signal }
    return readReply(await this.#http.post(request))
  }
}
