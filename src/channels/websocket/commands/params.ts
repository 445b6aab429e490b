/** What clients write into their commands, read with the distrust it deserves. */
import type { Position } from '../../../core/push-broker.ts'
import { MAX_NAME_LENGTH } from '../names.ts'
import { isObject } from '../protocol.ts'

const EPOCH = /^[\x21-\x7e]{0,64}$/
const DEVICE = /^[\x20-\x7e]{1,64}$/

export function channelOf(params: unknown): string | undefined {
  const channel = isObject(params) ? params['channel'] : undefined
  const isName = typeof channel === 'string' && channel !== '' && channel.length <= MAX_NAME_LENGTH
  return isName ? channel : undefined
}

export function tokenOf(params: unknown): string | undefined {
  const token = isObject(params) ? params['token'] : undefined
  return typeof token === 'string' && token !== '' ? token : undefined
}

/** `{ device }` beside the token, as {@link Credentials.data} carries it. */
export function deviceOf(data: unknown): string | undefined {
  const device = isObject(data) ? data['device'] : undefined
  return typeof device === 'string' && DEVICE.test(device) ? device : undefined
}

/** Where the client asks to go on; undefined where it does not. */
export function readSince(params: unknown): Position | undefined {
  if (!isObject(params) || params['recover'] !== true) return undefined
  // A client that has nothing yet leaves both out, and means the beginning.
  return readPosition(params) ?? { offset: 0, epoch: '' }
}

export function readPosition(value: unknown): Position | undefined {
  if (!isObject(value)) return undefined
  const { offset = 0, epoch = '' } = value
  const isPosition = isOffset(offset) && typeof epoch === 'string' && EPOCH.test(epoch)
  return isPosition ? { offset, epoch } : undefined
}

export function isOffset(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
