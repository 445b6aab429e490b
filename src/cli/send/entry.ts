/** What is kept of one message of many while it is on its way, and what it is recognised by in a later run. */
import { fingerprintOf } from '../../core/fingerprint.ts'

export interface Entry {
  /** Its place among the messages; the first is 0. */
  readonly index: number
  /** Where it stands in the file; the first is 1. */
  readonly line: number
  /** 16 hex digits that follow from the channel and the message. */
  readonly hash: string
}

export function hashOf(channel: string, message: unknown): string {
  const bytes = Buffer.from(fingerprintOf([channel, message]), 'base64')
  return bytes.subarray(0, 8).toString('hex')
}
