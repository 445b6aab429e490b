/** Clients for tests: over `ws`, with a clock that moves when a test says so, and a record of what they told. */
import { WebSocket } from 'ws'
import {
  PushClient,
  type PushClientOptions,
  type PushFailure,
  type PushMessage,
  type PushState,
  type Timers,
} from '../../../../../src/channels/websocket/client.ts'
import type { FakeClock } from '../../../../../src/testing/index.ts'
import type { Timer } from '../../../../../src/core/clock.ts'

export interface Told {
  readonly client: PushClient
  readonly messages: PushMessage[]
  readonly states: PushState[]
  readonly errors: PushFailure[]
  readonly gaps: string[]
  /** The channel and the offset of each message, in order. */
  readonly places: readonly string[]
  [Symbol.dispose](): void
}

export function timersOf(clock: FakeClock): Timers {
  return {
    setTimeout: (run, delayMs) => clock.setTimeout(run, delayMs),
    clearTimeout: (timer) => (timer as Timer | undefined)?.cancel(),
  }
}

export function newClient(url: string, options: PushClientOptions = {}): Told {
  const client = new PushClient(url, { WebSocket, token: 'a token', fallback: false, ...options })
  const told = {
    client,
    messages: [] as PushMessage[],
    states: [] as PushState[],
    errors: [] as PushFailure[],
    gaps: [] as string[],
    get places() {
      return told.messages.map(({ channel, offset }) => `${channel} ${offset}`)
    },
    [Symbol.dispose]: () => client.disconnect(),
  }
  client.on('state', (state) => told.states.push(state))
  client.on('error', (failure) => told.errors.push(failure))
  client.on('gap', ({ channel }) => told.gaps.push(channel))
  client.on('message', (message) => told.messages.push(message))
  return told
}

/** A storage in memory, as `localStorage` is one. */
export function newStorage(entries: Record<string, string> = {}) {
  const kept = new Map(Object.entries(entries))
  return {
    kept,
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  }
}
