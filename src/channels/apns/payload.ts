/** Turns a message into the JSON payload. Pure: the same message and time give the same bytes. */
import type { ApnsFields } from './message.ts'
import { toLiveActivityAps } from './live-activity.ts'

/** @param now epoch milliseconds, for the timestamp of a Live Activity */
export function toPayload(message: ApnsFields, now: number): Record<string, unknown> {
  if (message.raw) return message.raw
  if (message.mdm !== undefined) return { mdm: message.mdm }
  return { ...message.data, aps: toAps(message, now) }
}

function toAps(message: ApnsFields, now: number): Record<string, unknown> {
  if (message.liveActivity) return toLiveActivityAps(message.liveActivity, now)
  const { type } = message
  return {
    alert: toAlert(message),
    badge: message.badge,
    sound: toSound(message.sound),
    'thread-id': message.threadId,
    category: message.category,
    'target-content-id': message.targetContentId,
    'filter-criteria': message.filterCriteria,
    'interruption-level': message.interruptionLevel,
    'relevance-score': message.relevanceScore,
    'content-available': flag(message.contentAvailable === true || type === 'background'),
    'mutable-content': flag(message.mutableContent),
    'content-changed':
      message.contentChanged === true || type === 'widgets' || type === 'controls' || undefined,
    'url-args': message.urlArgs,
  }
}

function toAlert(message: ApnsFields): Record<string, unknown> | undefined {
  const alert = {
    title: message.title,
    subtitle: message.subtitle,
    body: message.body,
    'title-loc-key': message.titleLocKey,
    'title-loc-args': message.titleLocArgs,
    'subtitle-loc-key': message.subtitleLocKey,
    'subtitle-loc-args': message.subtitleLocArgs,
    'loc-key': message.locKey,
    'loc-args': message.locArgs,
    'launch-image': message.launchImage,
  }
  return Object.values(alert).some((value) => value !== undefined) ? alert : undefined
}

function toSound(sound: ApnsFields['sound']): unknown {
  if (typeof sound !== 'object') return sound
  return { name: sound.name, critical: flag(sound.critical), volume: sound.volume }
}

const flag = (isSet: boolean | undefined) => (isSet ? 1 : undefined)

/** The keys that take the most room, largest first, such as `data 3900, aps.alert.body 120`. */
export function largestKeys(payload: Record<string, unknown>, count = 3): string {
  return leaves(payload, '')
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, count)
    .map(({ path, bytes }) => `${path} ${bytes}`)
    .join(', ')
}

interface Leaf {
  readonly path: string
  readonly bytes: number
}

/** One row per own key of the caller, and one per field inside `aps` and `aps.alert`. */
function leaves(value: object, parent: string): Leaf[] {
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]): Leaf[] => {
    const path = parent ? `${parent}.${shown(key)}` : shown(key)
    const isOpened = path === 'aps' || path === 'aps.alert'
    if (isOpened && typeof inner === 'object' && inner !== null) return leaves(inner, path)
    return inner === undefined ? [] : [{ path, bytes: Buffer.byteLength(JSON.stringify(inner)) }]
  })
}

/** Keys are the caller's: one may be long, or an address. */
const shown = (key: string) => (/@|\d{5}/.test(key) ? '[redacted]' : key.slice(0, 40))
