/**
 * A push notification for one device.
 * Sources, read 2026-11-23: https://developer.apple.com/documentation/usernotifications/generating-a-remote-notification
 * and https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns
 */
import * as z from 'zod'
import { liveActivity } from './live-activity.ts'
import { PUSH_TYPES } from './push-type.ts'
import { deviceToken, headerText, instant, jsonObject, uuid } from './values.ts'

const texts = z.array(z.string())

/** The fields that make up `aps.alert`. */
export const alertFields = {
  title: z.string().optional(),
  subtitle: z.string().optional(),
  body: z.string().optional(),
  /** Keys into the app's Localizable.strings, with what replaces their placeholders. */
  titleLocKey: z.string().optional(),
  titleLocArgs: texts.optional(),
  subtitleLocKey: z.string().optional(),
  subtitleLocArgs: texts.optional(),
  locKey: z.string().optional(),
  locArgs: texts.optional(),
  /** File name of the launch image to show. */
  launchImage: z.string().optional(),
}

/** The other fields of `aps`. */
export const apsFields = {
  /** Number on the app's icon; 0 takes it away. */
  badge: z.int().min(0).optional(),
  /** A file in the app, or `default`; critical alerts need Apple's permission. `volume` is 0 to 1. */
  sound: z
    .union([
      z.string().min(1),
      z.strictObject({
        name: z.string().min(1),
        critical: z.boolean().optional(),
        volume: z.number().min(0).max(1).optional(),
      }),
    ])
    .optional(),
  /** Groups notifications. */
  threadId: z.string().optional(),
  /** Identifier of a registered notification category, for its actions. */
  category: z.string().optional(),
  /** Which window of the app to bring forward. */
  targetContentId: z.string().optional(),
  /** Matched against the filter of the current Focus. */
  filterCriteria: z.string().optional(),
  interruptionLevel: z.enum(['passive', 'active', 'time-sensitive', 'critical']).optional(),
  /** Place in the notification summary, 0 to 1. */
  relevanceScore: z.number().min(0).max(1).optional(),
  /** Wakes the app in the background; always set for type `background`. */
  contentAvailable: z.boolean().optional(),
  /** Lets the app's service extension change the notification. */
  mutableContent: z.boolean().optional(),
  /** Reload widgets or controls; always set for those types. */
  contentChanged: z.boolean().optional(),
  /** Placeholders of a Safari push URL. */
  urlArgs: texts.optional(),
}

export const apnsFields = z.strictObject({
  /** The device token in hex, as the app registered it. */
  to: deviceToken,
  /** @default 'alert' */
  type: z.enum(PUSH_TYPES).default('alert'),
  /** @default the bundle id with the suffix of the push type; for mdm required: the UID of the certificate */
  topic: headerText.optional(),
  ...alertFields,
  ...apsFields,
  /** Of type `liveactivity`. */
  liveActivity: liveActivity.optional(),
  /** Your own keys beside `aps`, as JSON. */
  data: jsonObject.optional(),
  /** The whole payload instead of the fields above, for what they do not cover. */
  raw: jsonObject.optional(),
  /** The PushMagic string, of type `mdm`. */
  mdm: z.string().min(1).optional(),
  /** 10 at once, 5 when it suits the battery, 1 never wakes the device. @default Apple's 10; 5 for background */
  priority: z.literal([10, 5, 1]).optional(),
  /**
   * Until when APNs may keep it for a device it cannot reach: a Date, epoch seconds, or a time from now in
   * seconds. 0 means try once and keep nothing.
   * @default Apple's: up to 30 days
   */
  expiration: z.union([instant, z.strictObject({ ttlSeconds: z.int().min(0) })]).optional(),
  /** A later push with the same id replaces this one; at most 64 characters of printable ASCII. */
  collapseId: z
    .string()
    .max(64)
    .regex(/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/, 'expected printable ASCII, spaces only inside')
    .optional(),
  /** @default made from the idempotency key, or the id of the delivery: the same at every try */
  apnsId: uuid.optional(),
})

export type ApnsMessageInput = z.input<typeof apnsFields>
export type ApnsFields = z.output<typeof apnsFields>
