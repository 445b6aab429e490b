/** What earlier runs did, by the index of each message: nine bytes each, so that a million fit in memory. */
import { createReadStream } from 'node:fs'
import { linesOf } from '../message/lines.ts'
import { UsageError } from '../usage-error.ts'
import type { Entry } from './entry.ts'

/** `open`: it was not sent. `unknown`: it may have been, and nobody can tell. */
const STATES = ['none', 'open', 'unknown', 'sent'] as const
export type State = (typeof STATES)[number]

const MAX_INDEX = 500_000_000

export class Ledger {
  #states = new Uint8Array(1024)
  #hashes = new BigUint64Array(1024)
  /** Lines that tell of no message, such as one that a crash cut off. */
  unreadable = 0

  /** @throws {UsageError} where the file cannot be read, or holds no results */
  async read(file: string, shown: string): Promise<void> {
    let known = 0
    let others = 0
    try {
      for await (const { text } of linesOf(createReadStream(file))) {
        if (text.trim() === '') continue
        if (this.#note(text)) known += 1
        else others += 1
      }
    } catch {
      throw new UsageError(`${shown} cannot be read`)
    }
    if (known === 0 && others > 0) throw new UsageError(`${shown} holds no results of an earlier run`)
    this.unreadable += others
  }

  /**
   * What became of it before.
   * @throws {UsageError} where another message of this index was sent
   */
  stateOf({ index, line, hash }: Entry): State {
    const state = STATES[this.#states[index] ?? 0] ?? 'none'
    const isSame = this.#hashes[index] === BigInt(`0x${hash}`)
    if (isSame || state === 'none' || state === 'open') return state
    throw new UsageError(
      `line ${line} is not the message that the earlier run sent from there: correct lines that failed, but neither move nor remove others`,
    )
  }

  #note(text: string): boolean {
    const told = readLine(text)
    if (!told) return false
    // A dry run did nothing.
    if (told.state === undefined) return true
    this.#makeRoom(told.index)
    // What was sent once is sent, whatever a later run says.
    if (this.#states[told.index] === STATES.indexOf('sent')) return true
    this.#states[told.index] = STATES.indexOf(told.state)
    this.#hashes[told.index] = told.hash
    return true
  }

  #makeRoom(index: number): void {
    const { length } = this.#states
    if (index < length) return
    const size = Math.max(index + 1, length * 2)
    const states = new Uint8Array(size)
    const hashes = new BigUint64Array(size)
    states.set(this.#states)
    hashes.set(this.#hashes)
    this.#states = states
    this.#hashes = hashes
  }
}

function readLine(text: string) {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  const { index, hash = '0', status, delivery } = (value ?? {}) as Readonly<Record<string, unknown>>
  const isIndex = typeof index === 'number' && Number.isInteger(index) && index >= 0 && index < MAX_INDEX
  if (!isIndex || typeof hash !== 'string' || !/^[0-9a-f]{1,16}$/.test(hash)) return undefined
  return { index, hash: BigInt(`0x${hash}`), state: stateFrom(status, delivery) }
}

/** A delivery that was begun and has no result may have gone out. */
function stateFrom(status: unknown, delivery: unknown): State | undefined {
  if (status === 'valid') return undefined
  if (status === 'sent') return 'sent'
  if (status === 'started' || delivery === 'unknown') return 'unknown'
  return 'open'
}
