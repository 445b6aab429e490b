/** A message to the open connections of one user, of a topic's subscribers, or of everyone. */
import * as z from 'zod'
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
      .regex(/^(?!\s*(javascript|data|vbscript):)/i, 'expected a link that runs no script')
      .optional(),
    /** Anything that JSON carries whole. */
    data: data.optional(),
  })
  .refine(hasContent, {
    message: 'expected at least one of type, title, body, url and data',
    // Also told when other fields are wrong, so that all is told at once.
    when: ({ value }) => typeof value === 'object' && value !== null,
  })

export type WebSocketMessageInput = z.input<typeof websocketMessage>
export type WebSocketMessage = z.output<typeof websocketMessage>

/** What clients receive as a publication's `data`. */
export interface WebSocketEnvelope {
  /** The same for every device, and for every try under one idempotency key: drop what was seen before. */
  readonly id: string
  readonly type: string
  readonly title?: string
  readonly body?: string
  readonly url?: string
  readonly data?: unknown
}

export function toEnvelope(id: string, message: WebSocketMessage): object {
  const { type = 'message', title, body, url, data: payload } = message
  return { id, type, title, body, url, data: payload } satisfies Record<keyof WebSocketEnvelope, unknown>
}

function hasContent(message: object): boolean {
  return Object.entries(message).some(([field, value]) => field !== 'to' && value !== undefined)
}
