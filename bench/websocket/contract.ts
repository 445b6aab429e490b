/** What the parts of this bench say to each other: who is measured, and the words between the processes. */
import type { Notiwire } from './build.ts'

/** In the order they take their turns. */
export const CONTESTANTS = ['notiwire', 'ws', 'socket.io', 'net'] as const
export type Contestant = (typeof CONTESTANTS)[number]

export const TOPIC = 'news'
/** Signs the tokens of every client; whoever checks them knows it. */
export const KEY = 'a key for the bench, known to all'
/** Above what any phase lasts, so that no heartbeat falls into a round. */
export const QUIET_MS = 3_600_000
/** The kernel's queue of connections not yet accepted; where it is full, a client waits a whole second. */
export const BACKLOG = 4_096
/** What a message carries, in bytes of JSON; each contestant adds what it adds. */
export const DATA_BYTES = 200

/** A server as the bench sees it. */
export interface Served {
  readonly port: number
  /** Clients that have shown their token. */
  count(): number
  /** One message to everyone, `times` times without a break; resolves when all were taken. */
  broadcast(data: object, times: number): Promise<void> | void
}

export interface ServeOptions {
  readonly notiwire: Notiwire
  /** Keep what clients miss, where the contestant can. */
  readonly hasRecovery: boolean
}

export type Ask =
  | { readonly do: 'start'; readonly contestant: Contestant; readonly options: ServeOptions }
  /** Resolves when so many clients are in. */
  | { readonly do: 'await'; readonly count: number }
  | { readonly do: 'broadcast'; readonly data: object; readonly times: number }
  | { readonly do: 'cpu' }
  | { readonly do: 'memory' }
  /** Watches the event loop until `watched`. */
  | { readonly do: 'watch'; readonly how: 'every turn' | 'by timer' }
  | { readonly do: 'watched' }

export interface Answers {
  readonly start: { readonly port: number }
  readonly await: { readonly count: number }
  /** When it was called, in microseconds of the machine's monotonic clock. */
  readonly broadcast: { readonly at: number }
  readonly cpu: { readonly us: number }
  readonly memory: { readonly rss: number; readonly heap: number }
  readonly watch: Record<string, never>
  readonly watched: { readonly longestMs: number; readonly p99Ms: number }
}

/** What the load client says. Times are as in {@link Answers}. */
export interface ClientReport {
  readonly event: 'connected' | 'status' | 'expecting' | 'received' | 'closed'
  /** Text of the first client's newest message or greeting. */
  readonly sample: string
  /** The first thing that went wrong. */
  readonly fault: string
  /** Clients that were in and are not any more. */
  readonly lost: number
  /** Processor time of the client so far. */
  readonly cpuUs: number
}

export interface ConnectedReport extends ClientReport {
  readonly ready: number
  readonly errors: number
  /** Clients that have seen the text of `check`. */
  readonly checked: number
  readonly startedAt: number
  readonly readyAt: number
}

export interface ReceivedReport extends ClientReport {
  readonly received: number
  readonly missing: number
  readonly p50At: number
  readonly p99At: number
  readonly lastAt: number
}

export function now(): number {
  return Number(process.hrtime.bigint()) / 1_000
}

/** Exactly {@link DATA_BYTES} of JSON. */
export function dataOf(note: string): object {
  const order = { order: 48_151_623, status: 'shipped', note }
  const missing = DATA_BYTES - JSON.stringify(order).length
  return { ...order, note: note.padEnd(note.length + missing, '.') }
}
