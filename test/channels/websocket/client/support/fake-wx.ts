/**
 * A mini-program's `wx` over real sockets, as strict as WeChat's documentation says it is.
 * Source, read 2026-11-26: https://developers.weixin.qq.com/miniprogram/dev/api/network/websocket/wx.connectSocket.html
 */
import { WebSocket } from 'ws'
import { systemClock, type Clock } from '../../../../../src/core/clock.ts'
import type { WeChat, WeChatSocketTask } from '../../../../../src/channels/websocket/client.ts'

const MAX_SOCKETS = 5
const MAX_REASON_BYTES = 123
const DEFAULT_TIMEOUT_MS = 60_000

type Fail = ((error: { errMsg: string }) => void) | undefined

export class FakeWx implements WeChat {
  /** What a mini-program may not do, and did. */
  readonly violations: string[] = []
  readonly #clock: Clock
  readonly #sockets = new Set<WebSocket>()
  readonly #onNetwork = new Set<(status: { isConnected: boolean }) => void>()
  readonly #onShow = new Set<() => void>()

  constructor(clock: Clock = systemClock) {
    this.#clock = clock
  }

  /** Sockets that WeChat counts. */
  get sockets(): number {
    return this.#sockets.size
  }

  get listeners(): number {
    return this.#onNetwork.size + this.#onShow.size
  }

  /** The network comes or goes. */
  tellNetwork(isConnected: boolean): void {
    for (const listener of this.#onNetwork) listener({ isConnected })
  }

  /** The mini-program is in front again. */
  show(): void {
    for (const listener of this.#onShow) listener()
  }

  onNetworkStatusChange(listener: (status: { isConnected: boolean }) => void): void {
    this.#onNetwork.add(listener)
  }

  offNetworkStatusChange(listener: (status: { isConnected: boolean }) => void): void {
    this.#onNetwork.delete(listener)
  }

  onAppShow(listener: () => void): void {
    this.#onShow.add(listener)
  }

  offAppShow(listener: () => void): void {
    this.#onShow.delete(listener)
  }

  connectSocket(options: {
    readonly url: string
    readonly timeout?: number
    readonly fail?: Fail
  }): WeChatSocketTask {
    this.#check(options, ['url', 'timeout', 'fail'])
    if (!options.url.startsWith('wss://')) this.violations.push('an address that is not wss://')
    if (this.#sockets.size >= MAX_SOCKETS) this.violations.push('more than 5 sockets')
    const socket = new WebSocket(options.url.replace('wss:', 'ws:'))
    this.#sockets.add(socket)
    const timer = this.#clock.setTimeout(() => {
      if (socket.readyState === WebSocket.CONNECTING) socket.terminate()
    }, options.timeout ?? DEFAULT_TIMEOUT_MS)
    socket.on('close', () => {
      timer.cancel()
      this.#sockets.delete(socket)
    })
    return this.#taskOf(socket)
  }

  #taskOf(socket: WebSocket): WeChatSocketTask {
    return {
      onOpen: (listener) => void socket.on('open', () => listener()),
      onMessage: (listener) => {
        socket.on('message', (data, isBinary) => {
          const bytes = data as Buffer
          listener({ data: isBinary ? new Uint8Array(bytes).buffer : bytes.toString() })
        })
      },
      onClose: (listener) =>
        void socket.on('close', (code, why) => listener({ code, reason: why.toString() })),
      onError: (listener) => void socket.on('error', ({ message }) => listener({ errMsg: message })),
      send: (options) => this.#send(socket, options),
      close: (options) => this.#close(socket, options),
    }
  }

  #send(socket: WebSocket, options: { readonly data: string; readonly fail?: Fail }): void {
    this.#check(options, ['data', 'fail'])
    if (typeof options.data !== 'string') this.violations.push('data that is no string')
    if (socket.readyState === WebSocket.OPEN) return socket.send(options.data)
    if (socket.readyState === WebSocket.CONNECTING) this.violations.push('data before the socket was open')
    options.fail?.({ errMsg: 'sendSocketMessage:fail not connected' })
  }

  #close(socket: WebSocket, options: { readonly code?: number; readonly reason?: string }): void {
    this.#check(options, ['code', 'reason'])
    const { code = 1000, reason = '' } = options
    if (code !== 1000 && (code < 3000 || code > 4999)) this.violations.push(`close code ${code}`)
    if (Buffer.byteLength(reason) > MAX_REASON_BYTES) this.violations.push('a long reason')
    // Where it is not open yet, nothing is closed.
    if (socket.readyState === WebSocket.OPEN) socket.close(code, reason)
  }

  #check(options: object, known: readonly string[]): void {
    if (typeof options !== 'object' || options === null) this.violations.push('no options')
    const odd = Object.keys(options).filter((name) => !known.includes(name))
    if (odd.length > 0) this.violations.push(`unknown options: ${odd.join()}`)
  }
}
