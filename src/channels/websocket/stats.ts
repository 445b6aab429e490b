/** What the hub counts about itself. */

/** Counters since the hub began; each only grows. */
export class Stats {
  /** Publications that reached this node. */
  publications = 0
  /** Frames queued to connections, replies and pings included. */
  frames = 0
  /** Calls to the operating system that carried them; fewer than frames, because those of one turn go together. */
  writes = 0
  /** Droppable messages left out for connections that had fallen behind. */
  dropped = 0
  connects = 0
  /** Refused upgrades, by HTTP status. */
  readonly refused = new Map<number, number>()
  /** Ended connections, by close code. */
  readonly disconnects = new Map<number, number>()
  /** Clients that asked for what they had missed and got all of it, and those that could not. */
  recovered = 0
  unrecovered = 0
  /** Publications sent to them for it. */
  replayed = 0
  acknowledged = 0
  /** Times a missed publication was fetched from the history for all subscribers of this node. */
  heals = 0
}

export function count(counts: Map<number, number>, code: number): void {
  counts.set(code, (counts.get(code) ?? 0) + 1)
}
