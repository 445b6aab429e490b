/**
 * The Live Activity part of a message, and its wire form.
 * Source, read 2026-11-23: https://developer.apple.com/documentation/activitykit/starting-and-updating-live-activities-with-activitykit-push-notifications
 */
import * as z from 'zod'
import { instant, jsonObject, toSeconds } from './values.ts'

/** The banner shown beside the activity; `sound` is a file name or `default`. */
const alert = z.strictObject({ title: z.string(), body: z.string(), sound: z.string().optional() })

const common = {
  /** When the app takes this state for true; an older one never replaces a newer. @default now */
  timestamp: instant.optional(),
  /** From when the state is out of date. */
  staleDate: instant.optional(),
  /** Which of several activities comes first; the highest wins. Any number. */
  relevanceScore: z.number().optional(),
}

export const liveActivity = z.discriminatedUnion('event', [
  z
    .strictObject({
      ...common,
      event: z.literal('start'),
      /** Name of the ActivityAttributes type in the app. */
      attributesType: z.string().min(1),
      attributes: jsonObject,
      contentState: jsonObject,
      alert,
      /** Ask for a token to update this activity with; iOS 18 and later. */
      inputPushToken: z.literal(true).optional(),
      /** Follow this broadcast channel instead; iOS 18 and later. */
      inputPushChannel: z.string().min(1).optional(),
    })
    .refine(({ inputPushToken, inputPushChannel }) => !(inputPushToken && inputPushChannel), {
      path: ['inputPushChannel'],
      message: 'expected inputPushToken or inputPushChannel, not both',
    }),
  z.strictObject({
    ...common,
    event: z.literal('update'),
    contentState: jsonObject,
    alert: alert.optional(),
  }),
  z.strictObject({
    ...common,
    event: z.literal('end'),
    /** What stays visible until the activity leaves the lock screen. */
    contentState: jsonObject.optional(),
    /** When it leaves the lock screen; up to four hours from now. */
    dismissalDate: instant.optional(),
    alert: alert.optional(),
  }),
])

export type LiveActivity = z.output<typeof liveActivity>

/** @param now epoch milliseconds */
export function toLiveActivityAps(activity: LiveActivity, now: number): Record<string, unknown> {
  const { event, timestamp, staleDate, relevanceScore, contentState, alert: banner } = activity
  return {
    timestamp: toSeconds(timestamp) ?? Math.floor(now / 1000),
    event,
    'content-state': contentState,
    'stale-date': toSeconds(staleDate),
    'relevance-score': relevanceScore,
    alert: banner,
    ...(activity.event === 'end' && { 'dismissal-date': toSeconds(activity.dismissalDate) }),
    ...(activity.event === 'start' && {
      'attributes-type': activity.attributesType,
      attributes: activity.attributes,
      'input-push-token': activity.inputPushToken && 1,
      'input-push-channel': activity.inputPushChannel,
    }),
  }
}
