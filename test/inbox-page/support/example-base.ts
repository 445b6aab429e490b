/** What all example messages have in common. */
import type { CapturedMessage } from '../../../src/sandbox/captured.ts'

/** Today, whenever the tests run, so that the list shows times. */
export function minutesAgo(minutes: number): number {
  return Date.now() - minutes * 60_000
}

type Given = Partial<CapturedMessage> &
  Pick<CapturedMessage, 'id' | 'channel' | 'provider' | 'at' | 'to' | 'title'>

export function example(given: Given): CapturedMessage {
  return {
    recipients: given.to.length,
    preview: '',
    outcome: 'accepted',
    warnings: 0,
    isKept: true,
    bytes: 812,
    exchange: { request: 'POST / HTTP/1.1\n\n{}', response: 'HTTP/1.1 200 OK\n\n{}' },
    hints: [],
    ...given,
  }
}
