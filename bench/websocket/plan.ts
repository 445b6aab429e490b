/** How much is measured, and what of it the machine has room for. */
import { execFileSync } from 'node:child_process'
import { BACKLOG } from './contract.ts'
import type { FanOutPlan } from './measure-fan-out.ts'
import type { IdlePlan } from './measure-idle.ts'
import type { StormPlan } from './measure-storm.ts'

export interface Plan {
  readonly fanOut: FanOutPlan
  /** Connections at which the ratios of one message are taken. */
  readonly ratioSize: number
  readonly idle: IdlePlan
  readonly storm: StormPlan
}

/** Handshakes on the way at a time; a storm's are as many as the kernel can queue without losing one. */
const WINDOW = 500
const STORM_WINDOW = BACKLOG >> 1

export const FULL: Plan = {
  fanOut: {
    sizes: [
      { clients: 10_000, times: 1, rounds: 15 },
      { clients: 5_000, times: 1, rounds: 31 },
      { clients: 2_000, times: 10, rounds: 15 },
      { clients: 1_000, times: 1, rounds: 41 },
    ],
    blockRounds: 9,
    window: WINDOW,
  },
  ratioSize: 5_000,
  idle: { clients: 10_000, warmUp: 500, rounds: 3, window: WINDOW },
  storm: { clients: 5_000, missed: 5, rounds: 3, window: STORM_WINDOW },
}

export const QUICK: Plan = {
  fanOut: {
    sizes: [
      { clients: 300, times: 1, rounds: 3 },
      { clients: 200, times: 1, rounds: 3 },
      { clients: 100, times: 10, rounds: 3 },
    ],
    blockRounds: 3,
    window: WINDOW,
  },
  ratioSize: 200,
  idle: { clients: 300, warmUp: 50, rounds: 1, window: WINDOW },
  storm: { clients: 200, missed: 5, rounds: 1, window: STORM_WINDOW },
}

/** Files that a process of the bench has open beside its connections, and some to spare. */
const OTHER_FILES = 200

/** @returns the most connections that one process may have here */
export function roomFor(): number {
  // Node raises its own soft limit to the hard one when it starts, and so does the client in C.
  const shown = execFileSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).trim()
  return shown === 'unlimited' ? Number.POSITIVE_INFINITY : Number(shown) - OTHER_FILES
}

/** The same with at most `room` connections, and what became smaller by it. */
export function within(
  plan: Plan,
  room: number,
): { readonly plan: Plan; readonly limits: readonly string[] } {
  const limits: string[] = []
  const fit = (clients: number, what: string) => {
    if (clients <= room) return clients
    limits.push(`${what} has ${room} connections instead of ${clients}, because of ulimit -Hn`)
    return room
  }
  const sizes = plan.fanOut.sizes.map((size) => ({ ...size, clients: fit(size.clients, 'a fan-out') }))
  const fitted: Plan = {
    fanOut: { ...plan.fanOut, sizes },
    ratioSize: Math.min(plan.ratioSize, room),
    idle: { ...plan.idle, clients: fit(plan.idle.clients, 'the look at idle connections') },
    storm: { ...plan.storm, clients: fit(plan.storm.clients, 'the storm') },
  }
  return { plan: fitted, limits: [...new Set(limits)] }
}
