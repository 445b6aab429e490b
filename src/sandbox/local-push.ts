/** Reads what a Notify in sandbox mode tells of a message that went to its own connections, past every fake. */
import { invalid } from '../core/parse.ts'

export interface LocalPush {
  readonly channel: string
  /** What clients receive. */
  readonly data: unknown
  readonly connections: number | null
  readonly isStored: boolean
  /** Our code, where it was not sent. */
  readonly refusal?: string
  /** The device that has acknowledged it. */
  readonly acked?: string
}

type Fields = Readonly<Record<string, unknown>>

/** @throws {NotifyError} INVALID_CONFIG, where it is no push that a WebSocket driver renders */
export function readLocalPush({ rendered, receipt, refusal }: Fields): LocalPush {
  const { channel, pub } = within(within(rendered)['push'])
  if (typeof channel !== 'string' || typeof pub !== 'object' || pub === null) {
    throw invalid('INVALID_CONFIG', [{ path: 'rendered', message: 'expected { push: { channel, pub } }' }])
  }
  const { connections, stored, acked } = within(receipt)
  const { device } = within(acked)
  return {
    channel,
    data: (pub as Fields)['data'],
    connections: typeof connections === 'number' ? connections : null,
    isStored: stored === true,
    ...(typeof refusal === 'string' && { refusal }),
    ...(typeof device === 'string' && { acked: device }),
  }
}

function within(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}
