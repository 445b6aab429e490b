/** The figures of one contestant, in one round. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Contestant } from './contestant.ts'

export interface Figures {
  /** Durable jobs a second: one after the other, by 50 callers, and 1,000 in a call. */
  readonly single: number
  readonly callers50: number
  readonly batch1000: number
  /** Deliveries a second, with a driver that does nothing. */
  readonly deliveries: number
  /** From the call of enqueue to the begin of the attempt, when nothing else is to be done, in milliseconds. */
  readonly pickUpP50Ms: number
  readonly pickUpP99Ms: number
}

export interface Plan {
  readonly single: number
  readonly callers: number
  readonly batches: number
  readonly pickUps: number
}

const perSecond = (count: number, ms: number) => Math.round((count / ms) * 1_000)

async function timed(run: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await run()
  return performance.now() - startedAt
}

export async function measure(contestant: Contestant, plan: Plan): Promise<Figures> {
  const singleMs = await timed(async () => {
    for (let at = 0; at < plan.single; at += 1) await contestant.enqueue()
  })
  let left = plan.callers
  const caller = async () => {
    while (left > 0) {
      left -= 1
      await contestant.enqueue()
    }
  }
  const callersMs = await timed(() => Promise.all(Array.from({ length: 50 }, caller)))
  const batchMs = await timed(async () => {
    for (let at = 0; at < plan.batches; at += 1) await contestant.enqueueMany(1_000)
  })
  const all = plan.single + plan.callers + plan.batches * 1_000
  const deliveryMs = await timed(() => contestant.deliver(all))
  const pickUps = await pickUpTimes(contestant, plan.pickUps)
  const at = (share: number) =>
    pickUps[Math.min(pickUps.length - 1, Math.floor(pickUps.length * share))] ?? Number.NaN
  return {
    single: perSecond(plan.single, singleMs),
    callers50: perSecond(plan.callers, callersMs),
    batch1000: perSecond(plan.batches * 1_000, batchMs),
    deliveries: perSecond(all, deliveryMs),
    pickUpP50Ms: at(0.5),
    pickUpP99Ms: at(0.99),
  }
}

async function pickUpTimes(contestant: Contestant, times: number): Promise<number[]> {
  const found: number[] = []
  const delivering = contestant.deliver(times)
  for (let time = 0; time < times; time += 1) {
    const begun = new Promise<void>((resolve) => (contestant.onBegin = resolve))
    const startedAt = performance.now()
    await contestant.enqueue()
    await begun
    found.push(performance.now() - startedAt)
    // Until it is noted down, so that nothing else is to be done at the next one.
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  contestant.onBegin = undefined
  await delivering
  return found.sort((a, b) => a - b)
}

/** How long the event loop was held up while 50 callers enqueue, in milliseconds. */
export async function loopDelay(
  contestant: Contestant,
  count: number,
): Promise<{ p50: number; p99: number }> {
  const watch = monitorEventLoopDelay({ resolution: 1 })
  watch.enable()
  let left = count
  const caller = async () => {
    while (left > 0) {
      left -= 1
      await contestant.enqueue()
    }
  }
  await Promise.all(Array.from({ length: 50 }, caller))
  watch.disable()
  // The monitor's own timer fires every millisecond.
  return { p50: watch.percentile(50) / 1e6 - 1, p99: watch.percentile(99) / 1e6 - 1 }
}
