/** What keys and channels of the broker are called in Redis. */
import { hashOf } from './stored.ts'

/** A key as it is handed to the client, which may put a prefix of its own before it. */
export interface ChannelKeys {
  readonly meta: string
  readonly log: string
  readonly byKey: string
  readonly cursors: string
  readonly cursorEnds: string
  readonly present: string
  readonly presentEnds: string
  readonly users: string
}

/**
 * All keys of a channel are in one slot, by a hash of its name between braces. The name itself might be braces, or a
 * person's. Each channel has its own slot, no partition shared with others: so the load spreads as evenly as it can, and
 * the few connections to a cluster's masters do not depend on it.
 */
export class PushNames {
  readonly #prefix: string
  readonly #before: string
  readonly #after: string

  /** @param keyPrefix what the client puts before keys; pub/sub is on its own there, and for all databases too */
  constructor(
    prefix: string,
    { keyPrefix = '', db = 0 }: { keyPrefix?: string | undefined; db?: number | undefined },
  ) {
    this.#prefix = prefix
    this.#before = keyPrefix + prefix
    this.#after = db === 0 ? '' : `:db${db}`
  }

  keysOf(channel: string): ChannelKeys {
    const key = this.#prefix + tagged(channel)
    return {
      meta: `${key}:meta`,
      log: `${key}:log`,
      byKey: `${key}:by-key`,
      cursors: `${key}:cursors`,
      cursorEnds: `${key}:cursor-ends`,
      present: `${key}:present`,
      presentEnds: `${key}:present-ends`,
      users: `${key}:users`,
    }
  }

  /** Of a publication's id. */
  idKey(channel: string, id: string): string {
    return `${this.#prefix}${tagged(channel)}:id:${hashOf(id)}`
  }

  textKey(id: string): string {
    return `${this.#prefix}push:text:${hashOf(id)}`
  }

  /** Stands for the place in a cluster that a control message goes through. */
  controlKey(node: string | undefined): string {
    return this.#prefix + control(node)
  }

  publications(channel: string): string {
    return `${this.#before}${tagged(channel)}:pub${this.#after}`
  }

  acknowledgements(channel: string): string {
    return `${this.#before}${tagged(channel)}:ack${this.#after}`
  }

  /** Of one node, or of all. */
  control(node?: string): string {
    return this.#before + control(node) + this.#after
  }
}

function tagged(channel: string): string {
  return `push:{${hashOf(channel)}}`
}

function control(node: string | undefined): string {
  return node === undefined ? 'push:nodes' : `push:node:${hashOf(node)}`
}

const SLOTS = 16_384

/** Source: https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/ */
export function slotOf(name: string): number {
  const open = name.indexOf('{')
  const close = open < 0 ? -1 : name.indexOf('}', open + 1)
  const hashed = close > open + 1 ? name.slice(open + 1, close) : name
  return crc16(Buffer.from(hashed, 'utf8')) % SLOTS
}

/** CRC-16/XMODEM. */
function crc16(bytes: Uint8Array): number {
  let crc = 0
  for (const byte of bytes) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit += 1) crc = ((crc << 1) ^ (crc & 0x8000 ? 0x1021 : 0)) & 0xffff
  }
  return crc
}
