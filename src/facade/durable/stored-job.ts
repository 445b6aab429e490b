/** What the facade puts into an outbox for a delivery, and reads back. */
import { fingerprintOf } from '../../core/fingerprint.ts'
import { NotifyError } from '../../core/errors.ts'
import { fieldsOf } from '../../core/revive.ts'
import { readMessage, writeMessage } from '../../core/stored-message.ts'

export interface StoredJob {
  /** As the caller wrote it: it is checked again when it is sent, by the driver that is there then. */
  readonly message: unknown
  readonly idempotencyKey: string | undefined
  /** Epoch milliseconds. */
  readonly expiresAt: number | undefined
  /** When its first attempt was due, in epoch milliseconds. */
  readonly dueAt: number
}

/** A newer version that writes something else counts on. */
const VERSION = 1

/** @throws {NotifyError} INVALID_MESSAGE, naming every field that cannot be kept */
export function writeJob({ message, idempotencyKey, expiresAt, dueAt }: StoredJob): string {
  // Only what has a key is ever compared.
  const fingerprint = idempotencyKey === undefined ? undefined : fingerprintOf(message)
  const stored = { v: VERSION, message: writeMessage(message), expiresAt, dueAt }
  return JSON.stringify({ ...stored, key: idempotencyKey, fingerprint })
}

/** @throws {NotifyError} INVALID_MESSAGE, where this version cannot read it */
export function readJob(payload: string): StoredJob {
  const { v, message, key, expiresAt, dueAt } = fieldsIn(payload)
  if (v !== VERSION) throw unreadable(typeof v === 'number' ? `version ${v}` : 'something else')
  let read: unknown
  try {
    read = readMessage(message)
  } catch {
    throw unreadable('a damaged message')
  }
  return {
    message: read,
    idempotencyKey: typeof key === 'string' ? key : undefined,
    expiresAt: typeof expiresAt === 'number' ? expiresAt : undefined,
    dueAt: typeof dueAt === 'number' ? dueAt : 0,
  }
}

/** Of the message, to compare with another's. */
export function fingerprintIn(payload: string): unknown {
  return fieldsIn(payload)['fingerprint']
}

function fieldsIn(payload: string): Readonly<Record<string, unknown>> {
  try {
    return fieldsOf(JSON.parse(payload))
  } catch {
    throw unreadable('no JSON')
  }
}

function unreadable(found: string): NotifyError {
  const text = `What the outbox kept cannot be read by this version of notiwire: expected version ${VERSION}, found ${found}`
  return new NotifyError('INVALID_MESSAGE', text)
}
