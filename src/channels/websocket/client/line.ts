/** One line to the server: a WebSocket, or server-sent events with requests beside them. Both carry the same messages. */
import type { Settings } from './options.ts'
import type { Command, Ending } from './wire.ts'

export interface Line {
  /** `session` names this line in requests beside it. */
  send(message: { readonly id?: number } | Command, session?: string): void
  close(): void
}

export interface LineContext extends Pick<Settings, 'url' | 'WebSocket' | 'EventSource' | 'fetch'> {
  /** The token, the application's data, and where to go on. */
  readonly request: { readonly token: string | undefined; readonly data: object; readonly subs: object }
  /** Takes what came: lines of JSON. Closes a line that is not wanted any more. */
  readonly hear: (event: { readonly data: string }) => void
  /** Is called when the line is over, once or more often. */
  readonly end: (ending: Ending) => void
}

interface Source {
  onmessage: LineContext['hear']
  onerror: LineContext['end']
  onclose: LineContext['end']
  onopen: () => void
  send(data: string): void
  close(): void
}

/** Of all commands a stream knows but one. */
interface Acknowledgement {
  readonly id?: number
  readonly rpc?: { readonly method: string; readonly data: object }
}

export function openSocket({ url, WebSocket, request, hear, end }: LineContext): Line {
  const socket = new WebSocket(url) as Source
  const send = (message: object) => socket.send(JSON.stringify(message))
  socket.onopen = () => send({ id: 1, connect: request })
  socket.onmessage = hear
  socket.onclose = socket.onerror = end
  return { send, close: () => socket.close() }
}

export function openStream({ url, EventSource, fetch, request, hear, end }: LineContext): Line {
  const { subs, ...identity } = request
  const base = url.replace('ws', 'http')
  let source: Source | undefined
  // An acknowledgement that does not come through is the end, too: the next line sends it again.
  const post = (path: string, body: object, use: (answer: { readonly ticket?: string }) => void) =>
    fetch(base + path, { method: 'POST', body: JSON.stringify(body) })
      .then(async (response) => {
        const answer = (await response.json()) as { readonly ticket?: string }
        ;(response.ok ? use : end)(answer)
      })
      .catch(end)
  const answer = (reply: object) => hear({ data: JSON.stringify(reply) })

  void post('/ticket', identity, ({ ticket }) => {
    const positions = encodeURIComponent(JSON.stringify(subs))
    source = new EventSource(`${base}/sse?ticket=${ticket}&subs=${positions}`) as Source
    source.onmessage = hear
    // By itself it would come back with the same ticket, which is used up.
    source.onerror = end
  })
  return {
    send({ id, rpc }: Acknowledgement, session) {
      if (rpc?.method === 'ack') void post('/ack', { session, acks: rpc.data }, () => answer({ id }))
      else answer({ id, error: { message: 'not available' } })
    },
    close: () => source?.close(),
  }
}
