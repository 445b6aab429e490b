/** What the client can be told, and what it takes from the place it runs in. */

import { watchBrowser } from './watch.ts'

export type Transport = 'websocket' | 'sse'

/** Such as an answer of the server, which has a `code`. */
export type PushError = Error & { readonly code?: number; readonly temporary?: boolean }

export interface Timers {
  readonly setTimeout: (run: () => void, delayMs: number) => unknown
  readonly clearTimeout: (timer: unknown) => void
}

/** Such as `localStorage`. */
export interface PushStorage {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
}

export interface PushClientOptions {
  /** Called on every connect and before a token expires. A call that fails is told by `error` and made again later. */
  readonly token?: string | (() => string | Promise<string>)
  /** Tells this device from the user's others, 1 to 64 characters: what it has not acknowledged comes again. */
  readonly device?: string
  /** For the server's `authenticate`. */
  readonly data?: Readonly<Record<string, unknown>>
  /** Acknowledges a message once every handler is through with it; else `message.ack()` does. @default true */
  readonly autoAck?: boolean
  /** Where positions survive a reload, such as `sessionStorage`. @default none: they last as long as the client */
  readonly storage?: PushStorage
  /** Ceiling of the first wait for another try, in milliseconds; it doubles with each one. @default 500 */
  readonly minDelayMs?: number
  /** Upper bound of that ceiling. @default 20_000 */
  readonly maxDelayMs?: number
  /** For the token, for opening a line, and for each answer, in milliseconds. @default 5_000 */
  readonly timeoutMs?: number
  /** Server-sent events where no WebSocket comes through. @default 'sse', where there is an EventSource */
  readonly fallback?: 'sse' | false
  /** Calls `wake` when the network or the user is back, and returns how to stop. @default `online`, `visibilitychange` */
  readonly watch?: (wake: () => void) => () => void
  /** With the browser's interface, such as that of `ws`. @default the global one */
  readonly WebSocket?: new (url: string) => { send(data: string): void; close(): void }
  readonly EventSource?: new (url: string) => { close(): void }
  readonly fetch?: (
    url: string,
    init: { method: string; body: string },
  ) => Promise<{ ok: boolean; json(): Promise<unknown> }>

  /** For tests. @default the global timers */
  readonly clock?: Timers
}

type Defaulted = 'minDelayMs' | 'maxDelayMs' | 'timeoutMs' | 'autoAck' | 'watch' | 'clock'
type Platform = Required<Pick<PushClientOptions, 'WebSocket' | 'EventSource' | 'fetch'>>

export type Settings = PushClientOptions &
  Required<Pick<PushClientOptions, Defaulted>> &
  Platform & { readonly url: string }

export function withDefaults(url: string, options?: PushClientOptions): Settings {
  const { WebSocket, EventSource, fetch } = globalThis as unknown as Platform
  return {
    url,
    WebSocket,
    EventSource,
    fetch,
    clock: globalThis as Timers,
    watch: watchBrowser,
    autoAck: true,
    timeoutMs: 5_000,
    minDelayMs: 500,
    maxDelayMs: 20_000,
    ...options,
  }
}
