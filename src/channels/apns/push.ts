/** A message made ready for the wire: everything decided that does not depend on the try. */
import type { Clock } from '../../core/clock.ts'
import { NotifyError } from '../../core/errors.ts'
import { checkMessage } from './message-rules.ts'
import { apnsFields, type ApnsFields } from './message.ts'
import { largestKeys, toPayload } from './payload.ts'
import { PUSH_TYPE_RULES, type PushType } from './push-type.ts'
import { toSeconds } from './values.ts'

export interface ApnsPush {
  /** The device token, in hex. */
  readonly to: string
  readonly type: PushType
  readonly topic: string
  /** JSON text. */
  readonly payload: string
  readonly priority: 10 | 5 | 1 | undefined
  /** Epoch seconds. */
  readonly expiration: number | undefined
  readonly collapseId: string | undefined
  readonly apnsId: string | undefined
}

export interface PushSettings {
  readonly bundleId: string
  readonly auth: 'token' | 'certificate'
  readonly clock: Clock
}

/** The schema of a driver: its rules depend on the driver's credentials, its topic on the bundle id. */
export function apnsMessage({ bundleId, auth, clock }: PushSettings) {
  return apnsFields
    .superRefine(checkMessage(auth))
    .transform((message) => toPush(message, bundleId, clock.now()))
}

function toPush(message: ApnsFields, bundleId: string, now: number): ApnsPush {
  const { to, type, collapseId, apnsId } = message
  return {
    to,
    type,
    topic: message.topic ?? bundleId + PUSH_TYPE_RULES[type].suffix,
    payload: JSON.stringify(toPayload(message, now)),
    priority: message.priority ?? (type === 'background' ? 5 : undefined),
    expiration: toExpiration(message.expiration, now),
    collapseId,
    apnsId,
  }
}

function toExpiration(expiration: ApnsFields['expiration'], now: number): number | undefined {
  if (typeof expiration === 'object' && 'ttlSeconds' in expiration) {
    return Math.floor(now / 1000) + expiration.ttlSeconds
  }
  return toSeconds(expiration)
}

/** @throws {NotifyError} PAYLOAD_TOO_LARGE, with the size, the limit and the largest keys */
export function checkSize({ type, payload }: ApnsPush): void {
  const bytes = Buffer.byteLength(payload)
  const { maxBytes } = PUSH_TYPE_RULES[type]
  if (bytes <= maxBytes) return
  const keys = largestKeys(JSON.parse(payload) as Record<string, unknown>)
  throw new NotifyError(
    'PAYLOAD_TOO_LARGE',
    `The payload has ${bytes} bytes, ${type} takes ${maxBytes}; largest keys in bytes: ${keys}`,
  )
}
