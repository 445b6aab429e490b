/** What a hub tells of itself, for metrics. */
import type { Hub } from './hub.ts'

/** Counters only grow, from the hub's beginning; gauges say what is now. All are of this process. */
export interface WebSocketStats {
  /** Gauge: open connections that showed a valid token. */
  readonly connections: number
  /** Gauge: channels with a subscriber here. */
  readonly channels: number
  /** Gauge: bytes that wait for the connection that is furthest behind, and for all. */
  readonly bufferedBytesMax: number
  readonly bufferedBytes: number
  /** Connections that showed a valid token. */
  readonly connects: number
  /** Ended connections, by close code. 3008 and 3012 are ours alone: a peer that fell behind, or was silent. */
  readonly disconnects: Readonly<Record<number, number>>
  /** Refused upgrades and requests for event streams, by HTTP status. */
  readonly refused: Readonly<Record<number, number>>
  /** Publications that reached this process. */
  readonly publications: number
  /** Frames queued to connections, replies and pings included, and the calls to the system that carried them. */
  readonly frames: number
  readonly writes: number
  /** `droppable` messages left out for connections that had fallen behind. */
  readonly dropped: number
  /** Clients that came back and got all they had missed, and those that could not. */
  readonly recovered: number
  readonly unrecovered: number
  /** Publications sent to them for it. */
  readonly replayed: number
  readonly acknowledged: number
  /** Missed publications fetched again from the broker, counted by channel. */
  readonly heals: number
  /** Flushes that took longer than 8 ms and were continued in another turn of the event loop. */
  readonly flushOverruns: number
}

export function snapshot(hub: Hub): WebSocketStats {
  const { stats, channels } = hub
  const { connects, publications, frames, writes, dropped } = stats
  const { recovered, unrecovered, replayed, acknowledged, heals } = stats
  const { max, total } = hub.buffered()
  return {
    connections: hub.count(),
    channels: channels.size,
    bufferedBytesMax: max,
    bufferedBytes: total,
    ...{ connects, publications, frames, writes, dropped },
    ...{ recovered, unrecovered, replayed, acknowledged, heals },
    disconnects: Object.fromEntries(stats.disconnects),
    refused: Object.fromEntries(stats.refused),
    flushOverruns: hub.flushOverruns,
  }
}
