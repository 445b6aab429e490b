/** An inbox from memory with the API of `src/sandbox/api.ts`, which serves the page as it is in `src` now. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ArmedFault, FaultRequest, InboxEvent } from '../../../src/sandbox/api.ts'
import type { CapturedMessage } from '../../../src/sandbox/captured.ts'
import { buildPage, PAGE_HEADERS, PAGE_HTML } from './built-page.ts'
import { summaryOf } from './example-messages.ts'
import { connections, faultMenus } from './example-panels.ts'
import { listOf } from './list-of.ts'

export interface FixtureInbox extends AsyncDisposable {
  readonly url: string
  /** Newest last. */
  readonly messages: CapturedMessage[]
  readonly armed: ArmedFault[]
  /** Tells all pages, too. */
  readonly capture: (message: CapturedMessage) => void
  readonly change: (message: CapturedMessage) => void
  /** Ends all streams of events; the pages connect again. */
  readonly disconnect: () => void
  readonly close: () => Promise<void>
}

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly url: URL
}

export async function startFixtureInbox(
  messages: readonly CapturedMessage[],
  port = 0,
): Promise<FixtureInbox> {
  const page = await buildPage()
  const state = new FixtureState(messages)
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://inbox')
    void answer({ request, response, url }, state, page)
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const close = () => closed(server, state)
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    messages: state.messages,
    armed: state.armed,
    capture: (message) => {
      state.messages.push(message)
      state.tell({ type: 'captured', message: summaryOf(message) })
    },
    change: (message) => {
      const index = state.messages.findIndex(({ id }) => id === message.id)
      state.messages[index] = message
      state.tell({ type: 'changed', message: summaryOf(message) })
    },
    disconnect: () => state.disconnect(),
    close,
    [Symbol.asyncDispose]: close,
  }
}

class FixtureState {
  readonly messages: CapturedMessage[]
  readonly armed: ArmedFault[] = []
  readonly streams = new Set<ServerResponse>()

  constructor(messages: readonly CapturedMessage[]) {
    this.messages = [...messages]
  }

  tell(event: InboxEvent): void {
    for (const stream of this.streams)
      stream.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
  }

  disconnect(): void {
    for (const stream of this.streams) stream.destroy()
    this.streams.clear()
  }
}

async function closed(server: Server, state: FixtureState): Promise<void> {
  state.disconnect()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}

async function answer(exchange: Exchange, state: FixtureState, page: ReadonlyMap<string, string>) {
  const { url, response } = exchange
  if (url.pathname === '/') return void response.writeHead(200, PAGE_HEADERS).end(PAGE_HTML)
  const file = page.get(url.pathname)
  if (file !== undefined) {
    const type = url.pathname.endsWith('.css') ? 'text/css' : 'text/javascript'
    return void response.writeHead(200, { 'content-type': `${type}; charset=utf-8` }).end(file)
  }
  if (url.pathname === '/api/events') return openStream(response, state)
  if (url.pathname === '/api/messages') return answerAll(exchange, state)
  if (url.pathname === '/api/faults') return answerFaults(exchange, state)
  if (url.pathname === '/api/connections') return json(response, 200, connections())
  return answerMessage(exchange, state)
}

function openStream(response: ServerResponse, { streams }: FixtureState): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  response.write(': hello\n\n')
  streams.add(response)
  response.on('close', () => streams.delete(response))
}

function answerAll({ request, response, url }: Exchange, state: FixtureState): void {
  if (request.method !== 'DELETE') return json(response, 200, listOf(state.messages, url.searchParams))
  state.messages.length = 0
  state.tell({ type: 'cleared' })
  response.writeHead(204).end()
}

async function answerFaults({ request, response }: Exchange, state: FixtureState): Promise<void> {
  if (request.method === 'POST') {
    const chunks = await request.toArray()
    const wanted = JSON.parse(Buffer.concat(chunks as Buffer[]).toString()) as FaultRequest
    const armed = { ...wanted, id: `fault-${state.armed.length + 1}`, left: wanted.times ?? 1 }
    state.armed.push(armed)
    json(response, 201, armed)
  } else if (request.method === 'DELETE') {
    state.armed.length = 0
    response.writeHead(204).end()
  } else return json(response, 200, { providers: faultMenus(), armed: state.armed })
  state.tell({ type: 'faults', armed: state.armed })
}

function answerMessage({ request, response, url }: Exchange, state: FixtureState): void {
  const [, id = '', part = ''] = /^\/api\/messages\/([^/]+)\/?(.*)$/.exec(url.pathname) ?? []
  const index = state.messages.findIndex((each) => each.id === decodeURIComponent(id))
  const message = state.messages[index]
  if (!message)
    return json(response, 404, { error: { code: 'NOT_FOUND', message: 'There is no such message' } })
  if (request.method === 'DELETE') {
    state.messages.splice(index, 1)
    state.tell({ type: 'removed', ids: [message.id], evicted: 0 })
    return void response.writeHead(204).end()
  }
  if (part === '' || part === 'download') return json(response, 200, message)
  if (part === 'html') return html(response, message, url.searchParams.get('theme') === 'dark')
  const source = `Subject: ${message.title}\r\n\r\n${message.preview}\r\n`
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end(source)
}

function html(response: ServerResponse, { title, preview }: CapturedMessage, isDark: boolean): void {
  const colors = isDark ? 'background:#121212;color:#eee' : 'background:#fff;color:#222'
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': `default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox`,
  })
  const text = (value: string) => value.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  response.end(`<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<body style="margin:0;padding:32px;font:16px/1.6 sans-serif;${colors}">
<div style="max-width:560px;margin:auto"><p style="color:#2b6cb0;font-weight:700">LUMEN SHOP</p>
<h1 style="font-size:26px;line-height:1.25">${text(title)}</h1><p>${text(preview)}</p>
<p><a style="display:inline-block;background:#2b6cb0;color:#fff;padding:10px 18px;border-radius:6px">Track your parcel</a></p>
</div></body>`)
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
