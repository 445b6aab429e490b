/** For those who come from the `apn` package: its notifications become our messages. */
import { parse } from '../../core/parse.ts'
import type { LiveActivity } from './live-activity.ts'
import { alertFields, type ApnsMessageInput } from './message.ts'
import { nodeApnNote, type NodeApnNote } from './node-apn-note.ts'
import type { PushType } from './push-type.ts'

/** A message without its recipient. */
export type ApnsContent = Omit<ApnsMessageInput, 'to'>

/**
 * Reads a notification of `apn` 2 or `@parse/node-apn`, or a plain object with its property names (`alert`,
 * `badge`, `expiry`, `payload` ...). Add `to` and send it:
 * `notify.send('apns', { ...fromNodeApn(note), to: deviceToken })`.
 * A `content-available` note without anything to show becomes a `background` push, with the priority 5 it needs.
 * @throws {NotifyError} INVALID_MESSAGE, naming every property that is wrong or cannot be carried over
 */
export function fromNodeApn(note: object): ApnsContent {
  const read = parse(nodeApnNote, collect(note), 'INVALID_MESSAGE')
  const type = typeOf(read)
  return withoutUndefined({
    type,
    topic: read.topic,
    apnsId: read.id,
    collapseId: read.collapseId,
    priority: type === 'background' && read.priority === 10 ? 5 : read.priority,
    expiration: read.expiry !== undefined && read.expiry >= 0 ? read.expiry : undefined,
    raw: read.rawPayload,
    ...toContent(read, type),
  })
}

function toContent(note: NodeApnNote, type: PushType): ApnsContent {
  const data = note.payload && Object.keys(note.payload).length > 0 ? note.payload : undefined
  const alert = toAlert(note)
  if (type !== 'liveactivity') return { ...alert, ...toAps(note), mdm: note.mdm, data }
  const { title, body, ...misplaced } = alert
  const { relevanceScore, ...rest } = toAps(note)
  const sound = typeof note.alert === 'object' ? note.alert.sound : undefined
  const banner =
    title === undefined && body === undefined ? undefined : withoutUndefined({ title, body, sound })
  const activity = withoutUndefined({ ...toActivity(note), relevanceScore, alert: banner })
  // Whether these fields make up an activity, the message's own schema says at the send.
  const liveActivity = Object.keys(activity).length > 0 ? (activity as unknown as LiveActivity) : undefined
  return { ...misplaced, ...rest, data, liveActivity }
}

/** Set on the note itself, or inside its alert; the former wins, as setting it later would. */
function toAlert(note: NodeApnNote): ApnsContent {
  const inside = typeof note.alert === 'string' ? { body: note.alert } : camelCased(note.alert ?? {})
  const names = Object.keys(alertFields) as (keyof typeof alertFields)[]
  const own = names.map((name) => [name, note[name]] as const)
  const given = { ...inside, ...withoutUndefined(Object.fromEntries(own)) } as Record<string, unknown>
  delete given['sound']
  return given
}

function toAps(note: NodeApnNote): ApnsContent {
  const { badge, sound, threadId, category, filterCriteria, interruptionLevel, relevanceScore, urlArgs } =
    note
  return {
    badge,
    sound: typeof sound === 'object' ? { ...sound, critical: isSet(sound.critical) } : sound,
    threadId,
    category,
    targetContentId: note.targetContentIdentifier,
    filterCriteria,
    interruptionLevel,
    relevanceScore,
    contentAvailable: isSet(note.contentAvailable),
    mutableContent: isSet(note.mutableContent),
    urlArgs,
  }
}

function toActivity(note: NodeApnNote): Record<string, unknown> {
  const { event, timestamp, staleDate, dismissalDate, contentState } = note
  const { attributesType, attributes, inputPushChannel } = note
  const inputPushToken = note.inputPushToken && true
  const times = { timestamp, staleDate, dismissalDate }
  return { event, ...times, contentState, attributesType, attributes, inputPushToken, inputPushChannel }
}

const isSet = (flag: boolean | 0 | 1 | undefined) => (flag ? true : undefined)

function typeOf(note: NodeApnNote): PushType {
  if (note.pushType) return note.pushType
  if (note.mdm !== undefined) return 'mdm'
  if (note.event !== undefined) return 'liveactivity'
  const { badge, sound } = note
  const isShown = [badge, sound, ...Object.values(toAlert(note))].some((value) => value !== undefined)
  return isSet(note.contentAvailable) && !isShown ? 'background' : 'alert'
}

/** Own properties, and those that a Notification keeps in its `aps` under their wire names. */
function collect(note: object): Record<string, unknown> {
  const { aps, compiled, _mdm: mdm, ...rest } = { ...note } as Record<string, unknown>
  void compiled
  const all: Record<string, unknown> = withoutUndefined({
    ...camelCased(Object(aps) as object),
    mdm,
    ...rest,
  })
  if (all['expiry'] === 0 && leavesExpiryOut(note)) delete all['expiry']
  return all
}

/** In `apn` 2 an expiry of 0 is the default and sends no header; elsewhere it means "try once". */
function leavesExpiryOut(note: object): boolean {
  if (!('headers' in note) || typeof note.headers !== 'function') return false
  const headers: unknown = (note.headers as () => unknown)()
  return typeof headers === 'object' && headers !== null && !('apns-expiration' in headers)
}

function camelCased(wire: object): Record<string, unknown> {
  const entries = Object.entries(wire).map(([key, value]) => [camelCase(key), value] as const)
  return Object.fromEntries(entries)
}

function camelCase(wireName: string): string {
  if (wireName === 'target-content-id') return 'targetContentIdentifier'
  return wireName.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

function withoutUndefined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const given = Object.entries(value).filter(([, inner]) => inner !== undefined)
  return Object.fromEntries(given) as { [K in keyof T]: Exclude<T[K], undefined> }
}
