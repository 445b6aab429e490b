/** Everybody is cut off at once and comes back at once, for what was missed meanwhile too where it was kept. */
import { setTimeout as wait } from 'node:timers/promises'
import { spreadOf, type Spread } from '../statistics.ts'
import { CONTESTANTS, dataOf, type ConnectedReport, type Contestant } from './contract.ts'
import { DIALECTS } from './dialects.ts'
import { Pair, type Field } from './pair.ts'

export interface StormPlan {
  readonly clients: number
  readonly missed: number
  readonly rounds: number
  readonly window: number
}

export interface StormRow {
  readonly contestant: Contestant
  /** Of all rounds together. */
  readonly errors: number
  /** Clients that got the last message they had missed, in the round where fewest did. */
  readonly recovered: number
  /** From the cut until all were back, and had what they had missed. */
  readonly ms: Spread
  readonly loopP99Ms: Spread
  readonly loopMaxMs: Spread
  readonly cpuUs: Spread
}

export interface Storm extends StormPlan {
  readonly rows: readonly StormRow[]
}

interface Series {
  readonly errors: number[]
  readonly recovered: number[]
  readonly ms: number[]
  readonly loopP99Ms: number[]
  readonly loopMaxMs: number[]
  readonly cpuUs: number[]
}

const LAST_MISSED = 'the last one missed'
/** How long clients that are back may wait for what they missed, in milliseconds. */
const PATIENCE_MS = 5_000

export async function measureStorm(field: Field, plan: StormPlan): Promise<Storm> {
  const all = new Map(CONTESTANTS.map((contestant) => [contestant, emptySeries()]))
  for (let round = 0; round < plan.rounds; round += 1) {
    for (const [contestant, series] of all) await measureRound(contestant, field, { plan, series })
  }
  const rows = [...all].map(([contestant, series]): StormRow => {
    const { errors, recovered, ms, loopP99Ms, loopMaxMs, cpuUs } = series
    return {
      contestant,
      errors: errors.reduce((sum, count) => sum + count, 0),
      recovered: Math.min(...recovered),
      ms: spreadOf(ms),
      ...{ loopP99Ms: spreadOf(loopP99Ms), loopMaxMs: spreadOf(loopMaxMs), cpuUs: spreadOf(cpuUs) },
    }
  })
  return { ...plan, rows }
}

async function measureRound(
  contestant: Contestant,
  field: Field,
  { plan, series }: { readonly plan: StormPlan; readonly series: Series },
): Promise<void> {
  const { clients, window } = plan
  await using pair = await Pair.start(contestant, { field, hasRecovery: true })
  const { server, client } = pair
  const { sample: greeting } = await pair.connect(clients, window)
  const { sample: message } = await pair.broadcast(dataOf('seen'), 1)
  const returning = DIALECTS[contestant].returning?.(greeting, message)
  if (returning) client.speak(returning)
  client.check(LAST_MISSED)

  const cpuUs = await server.cpuUs()
  await server.ask({ do: 'watch', how: 'by timer' })
  const { at } = await client.close(0)
  await server.ask({ do: 'await', count: 0 })
  await miss(pair, plan.missed)
  const back = await client.connect(clients, window)
  const { errors, checked, readyAt } = returning ? await recovered(pair, back) : back
  const { p99Ms, longestMs } = await server.ask({ do: 'watched' })

  series.errors.push(errors + back.lost)
  series.recovered.push(checked)
  series.ms.push((readyAt - at) / 1e3)
  series.loopP99Ms.push(p99Ms)
  series.loopMaxMs.push(longestMs)
  series.cpuUs.push(((await server.cpuUs()) - cpuUs) / clients)
}

async function miss({ server }: Pair, count: number): Promise<void> {
  for (let left = count; left > 0; left -= 1) {
    const note = left > 1 ? `missed, ${left - 1} more` : LAST_MISSED
    await server.ask({ do: 'broadcast', data: dataOf(note), times: 1 })
  }
}

/** Once everybody who is in has what was missed, or the time for it is over. */
async function recovered({ client }: Pair, back: ConnectedReport): Promise<ConnectedReport> {
  const until = performance.now() + PATIENCE_MS
  let report = back
  while (report.checked < report.ready && report.checked > 0 && performance.now() < until) {
    await wait(20)
    report = await client.status()
  }
  return report
}

function emptySeries(): Series {
  return { errors: [], recovered: [], ms: [], loopP99Ms: [], loopMaxMs: [], cpuUs: [] }
}
