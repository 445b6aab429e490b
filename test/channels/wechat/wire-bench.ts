/** Servers that answer with any bytes, and a driver whose first request is the message. */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { afterEach, expect } from 'vitest'
import { miniProgram, type TokenStore } from '../../../src/channels/wechat/index.ts'
import { createNotify, type SendResult } from '../../../src/index.ts'
import { FakeClock, findSecrets } from '../../../src/testing/index.ts'
import { PARCEL } from './bench.ts'

const servers: Server[] = []
afterEach(() => servers.splice(0).forEach((server) => server.close()))

/** A TCP server; `serve` is given every connection. */
export async function listen(serve: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    serve(socket)
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

export const OK = '{"errcode":0,"errmsg":"ok"}'
export const TOKEN = `90_${'t'.repeat(128)}`
export const OPENID = `o${'p'.repeat(27)}`
export const PASSWORD = 'pr0xy-pässword'
export const SECRETS = [TOKEN, OPENID, PARCEL, '5ecre7'.repeat(5) + '55', PASSWORD]

/** A driver that has a token already, so that its first request is the message. */
export function driverAt(endpoint: string, proxy?: string) {
  const store: TokenStore = {
    get: () => Promise.resolve({ value: TOKEN, expiresAt: 8_000_000_000_000 }),
    set: () => Promise.resolve(),
  }
  const clock = new FakeClock()
  const account = { appId: 'wx0123456789abcdef', appSecret: SECRETS[3] ?? '' }
  const wechat = miniProgram(
    { ...account, endpoint, token: { store }, ...(proxy ? { proxy } : {}) },
    { clock },
  )
  const notify = createNotify({
    retry: false,
    breaker: false,
    idempotency: false,
    channels: { wechat },
    clock,
  })
  const message = { to: OPENID, template: 't'.repeat(43), data: { thing1: PARCEL } }
  const send = (signal = new AbortController().signal) => notify.send('wechat', message, { signal })
  return { send, clock, close: () => notify.close() }
}

export function told(result: SendResult): string {
  if (result.status !== 'failed') return result.status
  expect(findSecrets(result, SECRETS)).toEqual([])
  return `${result.error.code} ${result.error.delivery}`
}
