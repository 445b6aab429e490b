/** The inbox of a sandbox, for end-to-end tests: that a message arrived, what it says, and failures on purpose. */
import { NotifyError } from '../core/errors.ts'
import { invalid } from '../core/parse.ts'
import type {
  ArmedFault,
  FaultList,
  FaultRequest,
  ListQuery,
  MessageList,
  WaitQuery,
} from '../sandbox/api.ts'
import type { CapturedMessage, MessageView } from '../sandbox/captured.ts'

/** A captured message whose view is known to be there. */
export type Seen<Channel extends CapturedMessage['channel']> = CapturedMessage & {
  readonly view: Extract<MessageView, { readonly kind: Channel }>
}

export interface InboxClient {
  readonly url: string
  /** Newest first. */
  list(query?: ListQuery): Promise<MessageList>
  /** Nothing where there is none of this id. */
  get(id: string): Promise<CapturedMessage | undefined>
  /** @returns false where there was none of this id */
  delete(id: string): Promise<boolean>
  clear(): Promise<void>
  /**
   * The first message that matches, as soon as there is one; with `channel` and none refused, as its recipient sees it.
   * @throws {NotifyError} TIMED_OUT, saying how many of each channel are there
   */
  waitFor<Channel extends CapturedMessage['channel']>(
    query: WaitQuery & { readonly channel: Channel },
  ): Promise<Seen<Channel>>
  waitFor(query?: WaitQuery): Promise<CapturedMessage>
  /** The source of an e-mail. Nothing where it is none. */
  raw(id: string): Promise<string | undefined>
  /** Makes the next message of a provider end in this way. @throws {NotifyError} INVALID_CONFIG, naming every wrong field */
  injectFault(request: FaultRequest): Promise<ArmedFault>
  /** What can be produced, and what is armed. */
  faults(): Promise<FaultList>
  clearFaults(): Promise<void>
}

/**
 * @param url of the page: `sandbox.url`, or what `npx notiwire dev` prints
 * @throws {NotifyError} INVALID_CONFIG, where it is no URL
 */
export function inboxClient(url: string): InboxClient {
  if (!URL.canParse(url))
    throw invalid('INVALID_CONFIG', [{ path: 'url', message: 'expected the URL of an inbox' }])
  return new HttpInbox(url.replace(/\/+$/, ''))
}

interface Answer {
  readonly status: number
  readonly text: string
}

class HttpInbox implements InboxClient {
  readonly url: string

  constructor(url: string) {
    this.url = url
  }

  async list(query: ListQuery = {}): Promise<MessageList> {
    return this.#json(await this.#call('GET', `/api/messages${queryOf(query)}`))
  }

  async get(id: string): Promise<CapturedMessage | undefined> {
    const answer = await this.#call('GET', `/api/messages/${encodeURIComponent(id)}`)
    return answer.status === 404 ? undefined : this.#json(answer)
  }

  async delete(id: string): Promise<boolean> {
    return (await this.#call('DELETE', `/api/messages/${encodeURIComponent(id)}`)).status === 204
  }

  async clear(): Promise<void> {
    await this.#call('DELETE', '/api/messages')
  }

  async waitFor(query: WaitQuery = {}): Promise<never> {
    const answer = await this.#call('GET', `/api/wait${queryOf(query)}`)
    if (answer.status !== 404) return this.#json<never>(answer)
    const { counts } = await this.list({ limit: 1 })
    const there = Object.entries(counts).map(([channel, count]) => `${count} ${channel}`)
    throw new NotifyError('TIMED_OUT', `No such message arrived in time; the inbox holds ${there.join(', ')}`)
  }

  async raw(id: string): Promise<string | undefined> {
    const { status, text } = await this.#call('GET', `/api/messages/${encodeURIComponent(id)}/raw`)
    return status === 200 ? text : undefined
  }

  async injectFault(request: FaultRequest): Promise<ArmedFault> {
    return this.#json(await this.#call('POST', '/api/faults', request))
  }

  async faults(): Promise<FaultList> {
    return this.#json(await this.#call('GET', '/api/faults'))
  }

  async clearFaults(): Promise<void> {
    await this.#call('DELETE', '/api/faults')
  }

  async #call(method: string, path: string, body?: object): Promise<Answer> {
    const json = body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
    try {
      const response = await fetch(`${this.url}${path}`, { method, ...json })
      return { status: response.status, text: await response.text() }
    } catch (cause) {
      throw new NotifyError('UNAVAILABLE', 'The inbox could not be reached', { cause })
    }
  }

  #json<Body>({ status, text }: Answer): Body {
    const body = JSON.parse(text) as Body & {
      readonly error?: { readonly message: string; readonly issues?: [] }
    }
    if (status < 300) return body
    const { message = `The inbox answered with ${status}`, issues } = body.error ?? {}
    throw new NotifyError('INVALID_CONFIG', message, { ...(issues && { issues }) })
  }
}

function queryOf(query: object): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined)
  const search = new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)]))
  return given.length === 0 ? '' : `?${search.toString()}`
}
