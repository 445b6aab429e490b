/** A reader of event streams, as a browser's EventSource is one, that tells more and can be stopped. */
import { once } from 'node:events'
import { request, type ClientRequest, type IncomingMessage } from 'node:http'

export interface StreamOptions {
  readonly ticket?: string
  readonly subs?: object | string
  readonly headers?: Readonly<Record<string, string>>
  /** @default '/push' */
  readonly path?: string
  readonly method?: string
}

export interface ServerEvent {
  readonly id?: string
  /** Parsed. */
  readonly data: Record<string, unknown>
}

interface Connect {
  readonly client: string
  readonly session: string
  readonly ping: number
  readonly pong: boolean
  readonly ttl?: number
  readonly subs: Readonly<Record<string, Record<string, unknown>>>
}

export class Stream {
  readonly response: IncomingMessage
  /** Oldest first, the connect event among them. */
  readonly events: ServerEvent[] = []
  /** Settles when the stream has ended, however it did. */
  readonly ended: Promise<void>
  retry: number | undefined
  readonly #waiting = new Set<() => void>()
  #rest = ''
  #isEnded = false

  constructor(response: IncomingMessage) {
    this.response = response
    response.setEncoding('utf8')
    response.on('data', (text: string) => this.#read(text))
    response.on('error', () => undefined)
    this.ended = new Promise((resolve) => {
      response.once('close', () => {
        this.#isEnded = true
        resolve()
        this.#notify()
      })
    })
  }

  get status(): number {
    return this.response.statusCode ?? 0
  }

  /** What it was told when it began. */
  get connect(): Connect {
    return this.events[0]?.data['connect'] as Connect
  }

  /** Publications that came live, in order. */
  get publications(): readonly {
    readonly channel: string
    readonly pub: { data: Record<string, unknown>; offset?: number }
  }[] {
    return this.pushes.filter((push) => 'pub' in push) as never
  }

  get pushes(): readonly Record<string, unknown>[] {
    return this.events.flatMap(({ data }) => (data['push'] ? [data['push'] as Record<string, unknown>] : []))
  }

  get lastEventId(): string {
    return this.events.findLast(({ id }) => id !== undefined)?.id ?? ''
  }

  /** Resolves as soon as there are `count` events, the connect event included. Rejects where it ends before. */
  async received(count: number): Promise<readonly ServerEvent[]> {
    while (this.events.length < count) {
      if (this.#isEnded) throw new Error(`The stream ended after ${this.events.length} events`)
      await new Promise<void>((resolve) => this.#waiting.add(resolve))
    }
    return this.events
  }

  stopReading(): void {
    this.response.pause()
  }

  close(): void {
    this.response.destroy()
  }

  #read(text: string): void {
    const blocks = (this.#rest + text).split('\n\n')
    this.#rest = blocks.pop() ?? ''
    for (const block of blocks) this.#take(block.split('\n'))
    this.#notify()
  }

  #take(lines: readonly string[]): void {
    const valuesOf = (name: string) =>
      lines.filter((line) => line.startsWith(`${name}: `)).map((line) => line.slice(name.length + 2))
    const [id] = valuesOf('id')
    const [retry] = valuesOf('retry')
    const data = valuesOf('data')
    if (retry !== undefined) this.retry = Number(retry)
    if (data.length > 0)
      this.events.push({ ...(id !== undefined && { id }), data: JSON.parse(data.join('\n')) as never })
  }

  #notify(): void {
    for (const resolve of this.#waiting) resolve()
    this.#waiting.clear()
  }
}

/** Asks for a stream. Resolves with the answer, whatever it is; to be read to its end where it is none. */
export async function requestStream(port: number, options: StreamOptions = {}): Promise<Stream> {
  const { ticket, subs, headers = {}, path = '/push', method = 'GET' } = options
  const query = new URLSearchParams()
  if (ticket !== undefined) query.set('ticket', ticket)
  if (subs !== undefined) query.set('subs', typeof subs === 'string' ? subs : JSON.stringify(subs))
  const asking = request({
    port,
    host: '127.0.0.1',
    path: `${path}/sse?${query.toString()}`,
    method,
    headers,
    agent: false,
  })
  asking.end()
  return new Stream(await answerTo(asking))
}

/** Opens a stream and waits until it has begun. */
export async function openStream(port: number, options: StreamOptions): Promise<Stream> {
  const stream = await requestStream(port, options)
  if (stream.status !== 200) throw new Error(`The stream was answered with ${stream.status}`)
  await stream.received(1)
  return stream
}

async function answerTo(asking: ClientRequest): Promise<IncomingMessage> {
  const [response] = (await once(asking, 'response')) as [IncomingMessage]
  asking.on('error', () => undefined)
  return response
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Record<string, unknown>
}

/** As the client posts: a text that no page has to ask leave for. */
export async function post(
  port: number,
  path: string,
  { body, headers = {} }: { readonly body: unknown; readonly headers?: Record<string, string> },
): Promise<Answer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', body: text, headers })
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Answer['body'],
  }
}

export async function ticketFor(port: number, token: string, data?: object): Promise<string> {
  const { body, status } = await post(port, '/push/ticket', { body: { token, data } })
  if (status !== 200) throw new Error(`No ticket: ${status} ${String(body['message'])}`)
  return String(body['ticket'])
}
