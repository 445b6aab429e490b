/**
 * The HTTP API of the inbox, route by route: what is asked, and what is answered. All of it is JSON; errors are
 * `{ error: { code, message, issues? } }` with a 4xx status.
 */
import type { CapturedSummary, InboxChannel } from './captured.ts'

/**
 * `GET /api/messages` lists, newest first. `DELETE /api/messages` clears all: 204.
 * `GET /api/messages/{id}` is a `CapturedMessage`, `DELETE` takes it away: 204, or 404.
 * `GET /api/messages/{id}/html`: the HTML of an e-mail, harmless. `/raw`: its source (.eml), of others 404.
 * `GET /api/messages/{id}/attachments/{index}`: a file. `GET /api/messages/{id}/download`: the message as .json.
 * `GET /api/events`: server-sent events, {@link InboxEvent}.
 */
export interface ListQuery {
  readonly channel?: InboxChannel
  /** Words that must all occur in the recipients, title, text or code; letter case does not matter. */
  readonly q?: string
  /** Only those older than this id. */
  readonly before?: string
  /** @default 100, at most 1000 */
  readonly limit?: number
}

export interface MessageList {
  readonly messages: readonly CapturedSummary[]
  /** How many match, on all pages. */
  readonly total: number
  /** How many of each channel the inbox holds, whatever was asked. */
  readonly counts: Readonly<Record<InboxChannel, number>>
  /** How many had to make room for newer ones. */
  readonly evicted: number
}

/**
 * `GET /api/wait` answers with the first `CapturedMessage` that matches, as soon as there is one; 404 with the code
 * `TIMED_OUT` after `timeoutMs`. Only messages newer than `after` count, where it is given.
 */
export interface WaitQuery {
  readonly channel?: InboxChannel
  /** One of the recipients, exactly. */
  readonly to?: string
  readonly q?: string
  readonly outcome?: 'accepted' | 'refused' | 'lost'
  readonly after?: string
  /** @default 5000, at most 60000 */
  readonly timeoutMs?: number
}

/** Each event of the stream: its name is `type`, its data the whole object as JSON. */
export type InboxEvent =
  | { readonly type: 'captured'; readonly message: CapturedSummary }
  /** A trace or an acknowledgement has been added. */
  | { readonly type: 'changed'; readonly message: CapturedSummary }
  /** Deleted, or evicted to make room. */
  | { readonly type: 'removed'; readonly ids: readonly string[]; readonly evicted: number }
  | { readonly type: 'cleared' }
  | { readonly type: 'faults'; readonly armed: readonly ArmedFault[] }

/** `GET /api/faults`: what can be produced, and what will be. `POST` arms one, `DELETE` disarms all: 204. */
export interface FaultList {
  readonly providers: readonly FaultMenu[]
  readonly armed: readonly ArmedFault[]
}

export interface FaultMenu {
  readonly provider: string
  readonly channel: InboxChannel
  /** Ways for the line to fail: `unreachable`, `stall`, `reset`, `stall_accepted`, `reset_accepted`, `garbage`. */
  readonly faults: readonly string[]
  /** The codes of the provider's error table. */
  readonly refusals: readonly {
    readonly refusal: string
    /** What NotifyError makes of it. */
    readonly code: string
    readonly meaning: string
  }[]
  /** Recipients with whom it always goes this way. */
  readonly recipients: readonly SimulatedRecipient[]
}

export interface SimulatedRecipient {
  /** Write to this one. */
  readonly to: string
  /** What happens, in English. */
  readonly meaning: string
  readonly refusal?: string
  readonly fault?: string
}

/** Exactly one of `refusal` and `fault`. Answered with 201 and the {@link ArmedFault}. */
export interface FaultRequest {
  readonly provider: string
  readonly refusal?: string
  readonly fault?: string
  /** @default 1 */
  readonly times?: number
}

export interface ArmedFault extends FaultRequest {
  readonly id: string
  /** Messages that it will still strike. */
  readonly left: number
}

/** `GET /api/connections`: how to point an application at the sandbox. Credentials are the sandbox's own, and worth nothing. */
export interface Connections {
  readonly inbox: string
  readonly providers: readonly ProviderConnection[]
}

export interface ProviderConnection {
  readonly provider: string
  readonly channel: InboxChannel
  /** Overrides for the driver's configuration, such as `{ host, port, auth }`. */
  readonly config: Readonly<Record<string, unknown>>
  /** Lines to copy into an environment or a program of any language. */
  readonly lines: readonly string[]
}

export interface ApiError {
  readonly error: { readonly code: string; readonly message: string; readonly issues?: readonly unknown[] }
}
