/** Judges the headers and payload of a push as APNs does, in its order. Pure. */
import type { IncomingHttpHeaders } from 'node:http2'
import type { Refusal } from './fake-tokens.ts'
import { isTopicOf, PUSH_TYPE_RULES, PUSH_TYPES, type PushType } from './push-type.ts'
import { deviceToken, uuid } from './values.ts'

/** A push as its device would get it. */
export interface FakePush {
  /** The device token. */
  readonly to: string
  readonly topic: string
  readonly type: string
  readonly apnsId: string
  readonly priority: number
  /** Epoch seconds. */
  readonly expiration: number | undefined
  readonly collapseId: string | undefined
  readonly payload: Readonly<Record<string, unknown>>
}

const PATH = /^\/3\/device\/([^/]*)$/

/** Before the credentials are looked at. */
export function judgePath(headers: IncomingHttpHeaders): Refusal | undefined {
  if (headers[':method'] !== 'POST') return { status: 405, reason: 'MethodNotAllowed' }
  if (!PATH.test(headers[':path'] ?? '')) return { status: 404, reason: 'BadPath' }
  return undefined
}

/** @param bundleId the app that may be pushed to; without one, every app may */
export function judgePush(
  headers: IncomingHttpHeaders,
  body: Buffer,
  bundleId: string | undefined,
): Refusal | undefined {
  return (
    judgeHeaders(headers) ?? judgeTopic(headers, bundleId) ?? judgeToken(headers) ?? judgeBody(headers, body)
  )
}

type Check = (value: string) => boolean

const HEADERS: Readonly<Record<string, readonly [reason: string, isRight: Check]>> = {
  'apns-push-type': ['InvalidPushType', isPushType],
  'apns-id': ['BadMessageId', (id) => uuid.safeParse(id).success],
  'apns-priority': ['BadPriority', (priority) => ['10', '5', '1'].includes(priority)],
  'apns-expiration': ['BadExpirationDate', (seconds) => /^\d{1,11}$/.test(seconds)],
  'apns-collapse-id': ['BadCollapseId', (id) => Buffer.byteLength(id) <= 64],
}

function judgeHeaders(headers: IncomingHttpHeaders): Refusal | undefined {
  for (const [name, [reason, isRight]] of Object.entries(HEADERS)) {
    const value = headers[name]
    if (value !== undefined && !isRight(String(value))) return bad(reason)
  }
  const isBackground = headers['apns-push-type'] === 'background'
  return isBackground && headers['apns-priority'] !== '5' ? bad('BadPriority') : undefined
}

function judgeTopic(headers: IncomingHttpHeaders, bundleId: string | undefined): Refusal | undefined {
  const topic = headers['apns-topic']
  const type = String(headers['apns-push-type'] ?? 'alert')
  if (topic === undefined) return bad('MissingTopic')
  if (type === 'mdm') return undefined
  if (bundleId !== undefined && topic !== bundleId && !String(topic).startsWith(`${bundleId}.`))
    return bad('TopicDisallowed')
  return isPushType(type) && isTopicOf(String(topic), type) ? undefined : bad('InvalidPushType')
}

function judgeToken(headers: IncomingHttpHeaders): Refusal | undefined {
  const token = tokenOf(headers)
  if (token === '') return bad('MissingDeviceToken')
  const isDevice = deviceToken.safeParse(token).success && token.length >= 64 && !/^0+$/.test(token)
  return isDevice ? undefined : bad('BadDeviceToken')
}

function judgeBody(headers: IncomingHttpHeaders, body: Buffer): Refusal | undefined {
  const type = String(headers['apns-push-type'] ?? 'alert')
  const maxBytes = isPushType(type) ? PUSH_TYPE_RULES[type].maxBytes : 4096
  if (body.length > maxBytes) return { status: 413, reason: 'PayloadTooLarge' }
  return Object.keys(parseObject(body) ?? {}).length === 0 ? bad('PayloadEmpty') : undefined
}

/** Of a push that passed. */
export function toFakePush(headers: IncomingHttpHeaders, body: Buffer, apnsId: string): FakePush {
  const expiration = headers['apns-expiration']
  const collapseId = headers['apns-collapse-id']
  return {
    to: tokenOf(headers),
    topic: String(headers['apns-topic']),
    type: String(headers['apns-push-type'] ?? 'alert'),
    apnsId,
    priority: Number(headers['apns-priority'] ?? 10),
    expiration: expiration === undefined ? undefined : Number(expiration),
    collapseId: collapseId === undefined ? undefined : String(collapseId),
    payload: parseObject(body) ?? {},
  }
}

export const tokenOf = (headers: IncomingHttpHeaders) => PATH.exec(headers[':path'] ?? '')?.[1] ?? ''

const bad = (reason: string): Refusal => ({ status: 400, reason })

function isPushType(type: string): type is PushType {
  return (PUSH_TYPES as readonly string[]).includes(type)
}

function parseObject(body: Buffer): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(body.toString())
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
