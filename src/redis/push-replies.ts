/** What the broker's scripts answer. Another program may have written under the prefix, so all of it is checked. */
import type {
  History,
  KeptPublication,
  Position,
  PresenceStats,
  PresentClient,
  Published,
} from '../core/push-broker.ts'
import { unreadable } from './line.ts'

/** Of `'nodes:offset:epoch'`, where each may be empty. */
export function publishedOf(reply: unknown): Published {
  const [isDuplicate, answer = ''] = textsOf(reply)
  const parts = answer.split(':')
  const [nodes = '', offset = '', epoch = ''] = parts
  if (parts.length !== 3) throw unreadable()
  return {
    nodes: nodesOf(nodes),
    isDuplicate: isDuplicate === '1',
    ...(epoch !== '' && { position: { offset: wholeOf(offset), epoch } }),
  }
}

/** '' where it cannot be known. */
export function nodesOf(nodes: string): number | null {
  return nodes === '' ? null : wholeOf(nodes)
}

export function historyOf(reply: unknown): History {
  const [offset = '', epoch = '', isComplete, ...rest] = textsOf(reply)
  const publications: KeptPublication[] = pairsOf(rest).map(([at, data]) => ({ offset: wholeOf(at), data }))
  return { position: { offset: wholeOf(offset), epoch }, publications, isComplete: isComplete === '1' }
}

export function cursorOf(reply: unknown): Position | undefined {
  if (reply === null) return undefined
  const [offset = '', epoch = ''] = textsOf(reply)
  return { offset: wholeOf(offset), epoch }
}

export function presentOf(reply: unknown): PresentClient[] {
  return pairsOf(textsOf(reply)).map(([client, user]) => ({ client, user }))
}

export function statsOf(reply: unknown): PresenceStats {
  const [clients = '', users = ''] = textsOf(reply)
  return { clients: wholeOf(clients), users: wholeOf(users) }
}

function textsOf(reply: unknown): string[] {
  if (!Array.isArray(reply)) throw unreadable()
  return reply.map(String)
}

function pairsOf(texts: readonly string[]): [string, string][] {
  const pairs: [string, string][] = []
  for (let at = 0; at + 1 < texts.length; at += 2) pairs.push([texts[at] ?? '', texts[at + 1] ?? ''])
  return pairs
}

function wholeOf(text: string): number {
  const number = Number(text)
  if (text === '' || !Number.isSafeInteger(number)) throw unreadable()
  return number
}
