/** A message to the open connections of one user, of a topic's subscribers, or of everyone. */
import * as z from 'zod'
import { runsScript } from '../../core/plain-text.ts'
import { duration } from './duration.ts'
import { jsonIssues } from './json-value.ts'
import { topicName, userId } from './names.ts'

/** Whose connections; exactly one of the three. */
export type WebSocketTarget =
  /** Every device of the user, as the token's `sub` names it. */
  | { readonly user: string; readonly topic?: never; readonly all?: never }
  /** Every connection subscribed to the topic. */
  | { readonly topic: string; readonly user?: never; readonly all?: never }
  /** Every connection. */
  | { readonly all: true; readonly user?: never; readonly topic?: never }

const targetFields = z.strictObject({
  user: userId.optional(),
  topic: topicName.optional(),
  all: z.literal(true, 'expected true').optional(),
})

/** A union would blame the branch that came nearest; this names what is wrong with what was written. */
const target = z.custom<WebSocketTarget>().superRefine((value, context) => {
  const read = targetFields.safeParse(value)
  for (const { path, message } of read.error?.issues ?? [])
    context.addIssue({ code: 'custom', path, message })
  if (!read.success) return
  const named = Object.values(read.data).filter((field) => field !== undefined)
  if (named.length === 1) return
  const message = `expected exactly one of user, topic and all, received ${named.length}`
  context.addIssue({ code: 'custom', message })
})

const data = z.unknown().superRefine((value, context) => {
  for (const { path, message } of value === undefined ? [] : jsonIssues(value)) {
    context.addIssue({ code: 'custom', path: [...path], message })
  }
})

export const websocketMessage = z
  .strictObject({
    to: target,
    /** What kind of message it is, for the client to choose by: `order.shipped`. @default 'message' */
    type: z.string().min(1).max(64).optional(),
    title: z.string().min(1).max(1_000).optional(),
    body: z.string().min(1).optional(),
    /** Where a tap leads: a URL, a path of your app or a deep link. */
    url: z
      .string()
      .min(1)
      .max(2_048)
      .refine((url) => !runsScript(url), 'expected a link that runs no script')
      .optional(),
    /** Anything that JSON carries whole. */
    data: data.optional(),
    /** Keep it for those who are away; false for a message that is of use now or never. @default wherever the channel keeps a history */
    store: z.boolean().optional(),
    /** How long it is of use to those who were away: `'2h'`, or milliseconds. @default as long as the channel keeps it */
    ttl: duration.optional(),
    /** Takes the place of what is kept under the same key for this target, such as `order-7`. */
    key: z.string().min(1).max(128).optional(),
    /** What to wait for: that it was published, that a connection has taken the bytes, or that a client has acknowledged it. @default 'published' */
    confirm: z.enum(['published', 'written', 'ack']).optional(),
    /** How long to wait for it: `'5s'`, or milliseconds; shorter than the attempt's timeout. @default 250 ms for `written`, 5 s for `ack` */
    within: duration.optional(),
    /** The connection that it came from, and that is left out: `client` of an `rpc`. */
    exceptConnection: z.string().min(1).max(64).optional(),
    /** Leave it out for connections that have fallen behind, instead of letting it wait. @default false */
    droppable: z.boolean().optional(),
  })
  .refine(hasContent, {
    message: 'expected at least one of type, title, body, url and data',
    // Also told when other fields are wrong, so that all is told at once.
    when: ({ value }) => typeof value === 'object' && value !== null,
  })
  .refine(({ droppable, confirm }) => !droppable || confirm !== 'ack', {
    path: ['droppable'],
    // A client that acknowledges a later message says nothing of one that was left out.
    message: "expected a message that is never left out, for confirm: 'ack'",
  })

export type WebSocketMessageInput = z.input<typeof websocketMessage>
export type WebSocketMessage = z.output<typeof websocketMessage>

/** What clients receive as a publication's `data`. */
export interface WebSocketEnvelope {
  /** The same for every device, and for every try under one idempotency key: drop what was seen before. */
  readonly id: string
  readonly type: string
  /** A newer message with the same key takes its place. */
  readonly key?: string
  /** Epoch milliseconds, after which it is of no use. */
  readonly exp?: number
  /** The sender waits for the acknowledgement. */
  readonly ack?: true
  readonly title?: string
  readonly body?: string
  readonly url?: string
  readonly data?: unknown
}

/** @param now epoch milliseconds, that `exp` is counted from */
export function toEnvelope(id: string, message: WebSocketMessage, now: number): object {
  const { type = 'message', title, body, url, data: payload, key, ttl, confirm } = message
  const exp = ttl === undefined ? undefined : now + ttl
  const ack = confirm === 'ack' ? true : undefined
  const envelope = { id, type, title, body, url, data: payload, key, exp, ack }
  return envelope satisfies Record<keyof WebSocketEnvelope, unknown>
}

/** What clients are shown; the rest says how it gets there. */
const CONTENT = ['type', 'title', 'body', 'url', 'data']

function hasContent(message: object): boolean {
  return Object.entries(message).some(([field, value]) => CONTENT.includes(field) && value !== undefined)
}
