/** What goes over pub/sub: anybody who may publish in Redis can send something else, so its form is checked; the data is handed on unread. */
import type { Acknowledgement, Position, Publication, PublicationKind } from '../core/push-broker.ts'

/** Grows where the format changes. */
export const WIRE_VERSION = '1'

const KINDS: readonly string[] = ['pub', 'join', 'leave'] satisfies readonly PublicationKind[]
const POSITION = /^1:([1-9]\d{0,15}|0)?:([\w-]{1,32})?:/
const HEAD = /^([a-z]{1,5}):(\d{1,9})?:/

/** What stands between the position, which only Redis knows, and the data. */
export function headOf(kind: PublicationKind, meta: string | undefined): string {
  return `${kind}:${meta === undefined ? '' : meta.length}:${meta ?? ''}`
}

/** @returns nothing where it is none of ours */
export function publicationOf(channel: string, text: string): Publication | undefined {
  const start = startOf(text)
  const body = start && bodyOf(start.rest)
  if (!body) return undefined
  return { channel, ...body, ...(start.position && { position: start.position }) }
}

function bodyOf(rest: string): Pick<Publication, 'kind' | 'data' | 'meta'> | undefined {
  const [head = '', kind, length] = HEAD.exec(rest) ?? []
  const dataAt = head.length + Number(length ?? 0)
  if (!isKind(kind) || dataAt >= rest.length) return undefined
  const meta = length === undefined ? {} : { meta: rest.slice(head.length, dataAt) }
  return { kind, data: rest.slice(dataAt), ...meta }
}

function isKind(text: string | undefined): text is PublicationKind {
  return text !== undefined && KINDS.includes(text)
}

/** @returns nothing where it is none of ours */
export function acknowledgementOf(channel: string, text: string): Acknowledgement | undefined {
  const { position, rest } = startOf(text) ?? {}
  return position && rest !== undefined ? { channel, device: rest, position } : undefined
}

/** @returns nothing where it is none of ours */
export function controlOf(text: string): string | undefined {
  return text.startsWith(`${WIRE_VERSION}:`) ? text.slice(WIRE_VERSION.length + 1) : undefined
}

function startOf(text: string): { position: Position | undefined; rest: string } | undefined {
  const [start, offset, epoch] = POSITION.exec(text) ?? []
  if (start === undefined || (offset === undefined) !== (epoch === undefined)) return undefined
  const rest = text.slice(start.length)
  if (offset === undefined || epoch === undefined) return { position: undefined, rest }
  return Number.isSafeInteger(Number(offset))
    ? { position: { offset: Number(offset), epoch }, rest }
    : undefined
}
