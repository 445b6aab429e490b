/** What the inbox holds of a message, as its HTTP API tells it in JSON: to the page, to tests, to whoever asks. */

/** The five ways to reach people that the sandbox shows in their own form. */
export type InboxChannel = 'email' | 'sms' | 'wechat' | 'apns' | 'websocket'

/**
 * What became of it at the provider: taken; refused with the provider's code; or `lost`, where the line failed and the
 * sender was told nothing (whether it was kept all the same is said by `isKept`).
 */
export type CaptureOutcome = 'accepted' | 'refused' | 'lost'

/** One row of the list. */
export interface CapturedSummary {
  /** Orders by time. */
  readonly id: string
  readonly channel: InboxChannel
  /** Whose protocol it came by: `smtp`, `aliyun`, `tencent`, `wechat-mini-program`, `wechat-official-account`, `apns`, `centrifugo`, `websocket`. */
  readonly provider: string
  /** When it arrived, in epoch milliseconds. */
  readonly at: number
  /** Whom it is for; at most the first twenty. */
  readonly to: readonly string[]
  /** How many it is for. */
  readonly recipients: number
  /** Subject, sign name, template or title: one line. */
  readonly title: string
  /** The beginning of what it says: one line of at most 140 characters. */
  readonly preview: string
  readonly outcome: CaptureOutcome
  /** Where it was not accepted: the provider's code, or the fault. */
  readonly code?: string
  /** How many of its hints are warnings or errors. */
  readonly warnings: number
}

export interface CapturedMessage extends CapturedSummary {
  /** Whether the provider keeps it; a fault may strike after that. */
  readonly isKept: boolean
  /** Bytes of the message on the wire. */
  readonly bytes: number
  /** As its recipient would see it; absent where it was refused before its content was there. */
  readonly view?: MessageView
  readonly exchange: Exchange
  /** What is wrong with it, or nearly. */
  readonly hints: readonly Hint[]
  /** How it came to be sent, where the sender is a Notify in sandbox mode. */
  readonly trace?: Trace
}

export type MessageView = EmailView | SmsView | WechatView | ApnsView | WebSocketView

export interface MailAddress {
  readonly name: string
  readonly address: string
}

/** Its HTML is at `/api/messages/{id}/html`, its source at `/raw`, an attachment at `/attachments/{index}`. */
export interface EmailView {
  readonly kind: 'email'
  readonly envelope: { readonly from: string; readonly to: readonly string[] }
  readonly from: readonly MailAddress[]
  readonly replyTo: readonly MailAddress[]
  readonly to: readonly MailAddress[]
  readonly cc: readonly MailAddress[]
  readonly subject: string
  /** As the header says. */
  readonly date: string
  readonly messageId: string
  readonly hasHtml: boolean
  /** The plain text part. */
  readonly text?: string
  /** In their order. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly attachments: readonly EmailAttachment[]
  /** Of the HTML part, or of the text where there is no HTML. */
  readonly links: readonly EmailLink[]
}

export interface EmailAttachment {
  readonly name: string
  readonly type: string
  readonly bytes: number
  /** Shown within the HTML. */
  readonly isInline: boolean
}

export interface EmailLink {
  readonly href: string
  readonly text: string
  /** What is wrong with it. */
  readonly problem?: 'not_absolute' | 'malformed' | 'unfilled' | 'insecure' | 'local' | 'script'
}

export interface SmsView {
  readonly kind: 'sms'
  /** With the sign name, as the phone shows it. */
  readonly text: string
  readonly signName: string
  readonly template: string
  /** With its variables; absent where the sandbox was not told the template. */
  readonly templateContent?: string
  readonly params: Readonly<Record<string, string>>
  readonly characters: number
  readonly segments: number
  /** What fits into one more segment, in characters. */
  readonly charactersLeft: number
  readonly encoding: 'GSM-7' | 'UCS-2'
  readonly region: 'mainland' | 'international'
  /** An estimate; absent where there is no price to go by. */
  readonly cost?: { readonly amount: number; readonly currency: 'CNY'; readonly perSegment: number }
}

export interface WechatView {
  readonly kind: 'wechat'
  readonly type: 'subscribe' | 'template'
  readonly openid: string
  readonly templateId: string
  /** In the order of the message. */
  readonly fields: readonly { readonly keyword: string; readonly value: string }[]
  readonly page?: string
  readonly url?: string
  readonly miniProgram?: { readonly appId: string; readonly page?: string }
  readonly language?: string
  readonly state?: string
}

export interface ApnsView {
  readonly kind: 'apns'
  readonly token: string
  readonly topic: string
  readonly pushType: string
  readonly priority: number
  /** Epoch seconds. */
  readonly expiration?: number
  readonly collapseId?: string
  readonly apnsId: string
  readonly alert?: { readonly title?: string; readonly subtitle?: string; readonly body?: string }
  readonly badge?: number
  /** Its name; `silent` where there is none. */
  readonly sound?: string
  readonly isCritical: boolean
  readonly interruptionLevel: 'passive' | 'active' | 'time-sensitive' | 'critical'
  readonly threadId?: string
  readonly category?: string
  readonly payload: unknown
  /** The `apns-*` headers. */
  readonly headers: readonly (readonly [name: string, value: string])[]
}

export interface WebSocketView {
  readonly kind: 'websocket'
  /** `#ann`, a topic or `@all`. */
  readonly channel: string
  readonly target: { readonly user?: string; readonly topic?: string; readonly all?: true }
  /** What clients receive. */
  readonly data: unknown
  readonly type?: string
  readonly title?: string
  readonly body?: string
  readonly url?: string
  /** Connections that it was written to; null where that cannot be known. */
  readonly connections: number | null
  /** Kept for those who are away. */
  readonly isStored: boolean
  /** Who said that they have it, oldest first. */
  readonly acks: readonly WebSocketAck[]
}

export interface WebSocketAck {
  readonly user: string
  /** As the client calls it; empty where it does not. */
  readonly device: string
  /** Epoch milliseconds. */
  readonly at: number
  readonly type: 'acknowledged' | 'seen' | 'clicked'
}

/** What went over the line, secrets removed; each at most 64 KiB. */
export interface Exchange {
  readonly request: string
  /** Absent where there was no answer. */
  readonly response?: string
}

export interface Hint {
  readonly level: 'error' | 'warning' | 'info'
  /** For translations: `no_plain_text`. */
  readonly code: HintCode
  /** What it is about: a header, a variable, a number. */
  readonly detail: string
  /** In English. */
  readonly text: string
}

export type HintCode =
  | 'no_plain_text'
  | 'no_html'
  | 'no_subject'
  | 'long_subject'
  | 'broken_link'
  | 'insecure_link'
  | 'local_link'
  | 'remote_content'
  | 'script_removed'
  | 'missing_alt'
  | 'unfilled_variable'
  | 'large_message'
  | 'no_unsubscribe'
  | 'many_segments'
  | 'segment_nearly_full'
  | 'not_gsm'
  | 'unknown_template'
  | 'field_nearly_full'
  | 'no_page'
  | 'payload_nearly_full'
  | 'body_cut_off'
  | 'no_alert'
  | 'nobody_connected'
  | 'refused'
  | 'lost'

/** A delivery as the Notify that made it tells it. Never contents. */
export interface Trace {
  readonly deliveryId: string
  /** As the application calls it. */
  readonly channel: string
  readonly steps: readonly TraceStep[]
}

export interface TraceStep {
  /** Epoch milliseconds. */
  readonly at: number
  /** `accepted`, `queued`, `limited`, `attempt`, `retry`, `deferred`, `sent`, `failed`, `skipped`. */
  readonly type: string
  readonly provider?: string
  /** Of an attempt; the first is 1. */
  readonly attempt?: number
  /** How long it took, or is waited. */
  readonly ms?: number
  /** One of the codes of NotifyError, and its text. */
  readonly error?: { readonly code: string; readonly message: string; readonly delivery: string }
  /** Why it was skipped. */
  readonly reason?: string
}
