/**
 * The client protocol: Centrifugal v2, JSON encoding, the part of it that this server speaks.
 * Source: https://centrifugal.dev/docs/transports/client_protocol (read 2026-11-23).
 */
import { Frame } from './frame.ts'

/** One line of a client's frame. */
export interface Command {
  /** Repeated in the reply. 0 where the client expects none. */
  readonly id: number
  readonly method: string
  readonly params: unknown
}

export interface Reply {
  readonly [method: string]: unknown
  readonly error?: CommandError
}

export interface CommandError {
  readonly code: number
  readonly message: string
  /** The client may try again. */
  readonly temporary?: true
}

export const COMMAND_ERROR = {
  internal: { code: 100, message: 'internal server error', temporary: true },
  permissionDenied: { code: 103, message: 'permission denied' },
  methodNotFound: { code: 104, message: 'method not found' },
  alreadySubscribed: { code: 105, message: 'already subscribed' },
  limitExceeded: { code: 106, message: 'limit exceeded' },
  badRequest: { code: 107, message: 'bad request' },
  notAvailable: { code: 108, message: 'not available' },
  tokenExpired: { code: 109, message: 'token expired' },
  unrecoverablePosition: { code: 112, message: 'unrecoverable position' },
  tooManyRequests: { code: 111, message: 'too many requests', temporary: true },
} as const satisfies Record<string, CommandError>

/** Pings from the server and pongs from the client are the same empty object. */
export const PING = new Frame('{}')
export const PONG = '{}'

const MAX_ID = 0xffff_ffff

/** What a line says; undefined where it is not the protocol. */
export function parseCommand(line: string): Command | typeof PONG | undefined {
  const value = parseObject(line)
  if (!value) return undefined
  const { id = 0 } = value
  const methods = Object.keys(value).filter((key) => key !== 'id')
  const [method] = methods
  if (method === undefined) return id === 0 ? PONG : undefined
  if (methods.length > 1 || !isId(id) || (id === 0 && method !== 'send')) return undefined
  return { id, method, params: value[method] }
}

export function replyFrame(id: number, reply: Reply): Frame {
  return new Frame(JSON.stringify({ id, ...reply }))
}

/** A reply whose result is JSON text already. */
export function rawReplyFrame(id: number, method: string, result: string): Frame {
  return new Frame(`{"id":${id},"${method}":${result}}`)
}

/** What the server tells a client of a channel, unasked. */
export function pushFrame(channel: string, what: string, text: string): Frame {
  return new Frame(`{"push":{"channel":${JSON.stringify(channel)},"${what}":${text}}}`)
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isId(id: unknown): id is number {
  return Number.isInteger(id) && (id as number) >= 0 && (id as number) <= MAX_ID
}

function parseObject(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
