/**
 * What notifications of the `apn` and `@parse/node-apn` packages hold. Those drop values of a wrong type in
 * silence; here each one is an error.
 * Source, read 2026-11-23: https://github.com/parse-community/node-apn/blob/master/lib/notification/apsProperties.js
 */
import * as z from 'zod'
import { PUSH_TYPES } from './push-type.ts'

const flag = z.union([z.boolean(), z.literal([0, 1])])
const text = z.string()
const texts = z.array(text)
const record = z.record(z.string(), z.json())

/** For what has no place in our message: refused, because leaving it out would change the notification. */
const refused = (message: string) => z.undefined(message).optional()
const NO_ACTION = 'expected to be absent: Apple ignores it since iOS 10; use category'
const NO_BROADCAST = 'expected to be absent: broadcast pushes cannot be sent'

const alert = z.strictObject({
  title: text.optional(),
  subtitle: text.optional(),
  body: text.optional(),
  'title-loc-key': text.optional(),
  'title-loc-args': texts.optional(),
  'subtitle-loc-key': text.optional(),
  'subtitle-loc-args': texts.optional(),
  'loc-key': text.optional(),
  'loc-args': texts.optional(),
  'launch-image': text.optional(),
  /** Of Live Activities. */
  sound: text.optional(),
  action: refused(NO_ACTION),
  'action-loc-key': refused(NO_ACTION),
})

const activity = {
  timestamp: z.int().optional(),
  event: z.enum(['start', 'update', 'end']).optional(),
  contentState: record.optional(),
  staleDate: z.int().optional(),
  dismissalDate: z.int().optional(),
  attributesType: text.optional(),
  attributes: record.optional(),
  inputPushToken: z.literal(1).optional(),
  inputPushChannel: text.optional(),
}

const headers = {
  topic: text.optional(),
  id: text.optional(),
  expiry: z.int().optional(),
  priority: z.literal([10, 5, 1]).optional(),
  collapseId: text.optional(),
  pushType: z.enum(PUSH_TYPES).optional(),
  requestId: refused(NO_BROADCAST),
  channelId: refused(NO_BROADCAST),
}

export const nodeApnNote = z.strictObject({
  ...headers,
  ...activity,
  alert: z.union([text, alert]).optional(),
  title: text.optional(),
  subtitle: text.optional(),
  body: text.optional(),
  titleLocKey: text.optional(),
  titleLocArgs: texts.optional(),
  subtitleLocKey: text.optional(),
  subtitleLocArgs: texts.optional(),
  locKey: text.optional(),
  locArgs: texts.optional(),
  launchImage: text.optional(),
  action: refused(NO_ACTION),
  actionLocKey: refused(NO_ACTION),
  badge: z.int().min(0).optional(),
  sound: z
    .union([text, z.strictObject({ name: text, critical: flag.optional(), volume: z.number().optional() })])
    .optional(),
  threadId: text.optional(),
  category: text.optional(),
  targetContentIdentifier: text.optional(),
  filterCriteria: text.optional(),
  interruptionLevel: z.enum(['passive', 'active', 'time-sensitive', 'critical']).optional(),
  relevanceScore: z.number().optional(),
  contentAvailable: flag.optional(),
  mutableContent: flag.optional(),
  urlArgs: texts.optional(),
  payload: record.optional(),
  rawPayload: record.optional(),
  mdm: text.optional(),
  encoding: z.enum(['utf8', 'utf-8'], 'expected utf8: payloads of APNs are UTF-8').optional(),
})

export type NodeApnNote = z.output<typeof nodeApnNote>
