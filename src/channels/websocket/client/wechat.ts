/**
 * WeChat mini-programs: `wx` in place of the browser's WebSocket and its events.
 * Sources, read 2026-11-26: https://developers.weixin.qq.com/miniprogram/dev/api/network/websocket/wx.connectSocket.html
 * and https://developers.weixin.qq.com/miniprogram/dev/framework/ability/network.html
 */
import type { PushClientOptions } from './options.ts'

/** For opening, in milliseconds. WeChat allows five sockets, and gives each a minute: those given up must not stay. */
const TIMEOUT_MS = 5_000

export interface WeChatSocketTask {
  send(options: { data: string; fail?: (error: { errMsg: string }) => void }): void
  close(options: { code?: number; reason?: string }): void
  onOpen(listener: () => void): void
  onMessage(listener: (message: { data: string | ArrayBuffer }) => void): void
  onClose(listener: (close: { code: number; reason: string }) => void): void
  onError(listener: (error: { errMsg: string }) => void): void
}

/** The part of `wx` that is used. */
export interface WeChat {
  connectSocket(options: {
    url: string
    timeout?: number
    fail?: (error: { errMsg: string }) => void
  }): WeChatSocketTask
  onNetworkStatusChange(listener: (status: { isConnected: boolean }) => void): void
  offNetworkStatusChange(listener: (status: { isConnected: boolean }) => void): void
  onAppShow(listener: () => void): void
  offAppShow(listener: () => void): void
}

export type WeChatPlatform = Required<Pick<PushClientOptions, 'WebSocket' | 'watch' | 'fallback'>>

/** Options for a client in a mini-program: `new PushClient(url, { ...wechat(wx), token })`. */
export function wechat(wx: WeChat): WeChatPlatform {
  return { WebSocket: socketOver(wx), watch: (wake) => watchApp(wx, wake), fallback: false }
}

function socketOver(wx: WeChat): NonNullable<PushClientOptions['WebSocket']> {
  return class WeChatSocket {
    onopen: (() => void) | undefined
    onmessage: ((event: { data: unknown }) => void) | undefined
    onclose: ((event: { code?: number; reason?: string }) => void) | undefined
    readonly #task: WeChatSocketTask
    #isOpen = false
    #isClosing = false

    constructor(url: string) {
      const end = ({ errMsg }: { errMsg: string }) => this.onclose?.({ reason: errMsg })
      this.#task = wx.connectSocket({ url, timeout: TIMEOUT_MS, fail: end })
      this.#task.onOpen(() => {
        this.#isOpen = true
        if (this.#isClosing) this.#task.close({})
        else this.onopen?.()
      })
      this.#task.onMessage((message) => this.onmessage?.(message))
      this.#task.onClose((close) => this.onclose?.(close))
      this.#task.onError(end)
    }

    send(data: string): void {
      this.#task.send({ data, fail: ({ errMsg }) => this.onclose?.({ reason: errMsg }) })
    }

    /** WeChat closes nothing that is not open yet. */
    close(): void {
      this.#isClosing = true
      if (this.#isOpen) this.#task.close({})
    }
  }
}

/** In the background WeChat ends sockets, not always with a word; back in front the line has to prove itself. */
function watchApp(wx: WeChat, wake: () => void): () => void {
  const onNetwork = ({ isConnected }: { isConnected: boolean }) => {
    if (isConnected) wake()
  }
  wx.onNetworkStatusChange(onNetwork)
  wx.onAppShow(wake)
  return () => {
    wx.offNetworkStatusChange(onNetwork)
    wx.offAppShow(wake)
  }
}
