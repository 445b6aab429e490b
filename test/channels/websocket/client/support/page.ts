/** A page that uses the client, as its browser loads it. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { build } from 'esbuild'
import { createNotify } from '../../../../../src/index.ts'
import { websocket } from '../../../../../src/channels/websocket/index.ts'
import { KEY } from '../../support/hub.ts'

const SRC = join(import.meta.dirname, '../../../../../src/channels/websocket')
/** Positions survive a reload in the tab’s storage; so does what was received before. */
const SCRIPT = `
  import { PushClient } from './client.ts'
  const told = { received: JSON.parse(sessionStorage.getItem('received') ?? '[]'), states: [], gaps: [], errors: [] }
  const delayMs = Number(new URLSearchParams(location.search).get('delay') ?? 50)
  const client = new PushClient(location.origin.replace('http', 'ws') + '/push', {
    token: () => fetch('/token').then((response) => response.text()),
    storage: sessionStorage,
    device: 'web',
    minDelayMs: delayMs,
    maxDelayMs: delayMs * 4,
  })
  client.on('message', ({ data }) => {
    told.received.push(data)
    sessionStorage.setItem('received', JSON.stringify(told.received))
  })
  client.on('state', ({ state }) => told.states.push(state))
  client.on('gap', ({ channel }) => told.gaps.push(channel))
  client.on('error', ({ error }) => told.errors.push(String(error)))
  client.connect()
  Object.assign(window, { told, client })
`

export interface Told {
  readonly received: readonly number[]
  readonly states: readonly string[]
  readonly gaps: readonly string[]
  readonly errors: readonly string[]
}

export async function startPage({ ttlMs = 3_600_000 }: { readonly ttlMs?: number } = {}) {
  const { outputFiles } = await build({
    stdin: { contents: SCRIPT, resolveDir: SRC, loader: 'ts' },
    ...{ bundle: true, minify: true, format: 'esm', platform: 'browser', write: false },
  })
  const driver = websocket({ jwt: { keys: [KEY] }, drainMs: 0 })
  const notify = createNotify({
    retry: false,
    breaker: false,
    idempotency: false,
    channels: { push: driver },
  })
  const page = { port: 0, tokens: 0 }
  const server = createServer((request, response) => {
    driver.handle(request, response, () => {
      if (request.url === '/token') {
        page.tokens += 1
        return void response.end(driver.issueToken({ user: '1001', ttlMs }))
      }
      const isScript = request.url === '/client.js'
      response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html; charset=utf-8')
      response.end(isScript ? outputFiles[0]?.contents : '<script type="module" src="/client.js"></script>')
    })
  })
  driver.attach(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  page.port = (server.address() as AddressInfo).port
  return Object.assign(page, {
    driver,
    send: (data: number) => notify.send('push', { to: { user: '1001' }, data }),
    async [Symbol.asyncDispose]() {
      await notify.close()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  })
}
