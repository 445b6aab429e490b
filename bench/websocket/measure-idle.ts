/** What an idle connection takes, and how fast connections are made: each round in fresh processes. */
import { pairedRatio, spreadOf, type Spread } from '../statistics.ts'
import { CONTESTANTS, dataOf, type Contestant } from './contract.ts'
import { Pair, type Field } from './pair.ts'

export interface IdlePlan {
  readonly clients: number
  /** Connected and gone before the first look, so that what is needed once is there. */
  readonly warmUp: number
  readonly rounds: number
  readonly window: number
}

export interface IdleRow {
  readonly contestant: Contestant
  readonly rssKb: Spread
  readonly heapKb: Spread
  readonly connectsPerSecond: Spread
  /** Of the server, for one connection to be in. */
  readonly cpuUs: Spread
}

export interface Idle {
  readonly clients: number
  readonly rounds: number
  readonly rows: readonly IdleRow[]
  /** Ours over theirs. */
  readonly rssVsWs: Spread
  readonly rssVsSocketIo: Spread
}

interface Series {
  readonly rssKb: number[]
  readonly heapKb: number[]
  readonly connectsPerSecond: number[]
  readonly cpuUs: number[]
}

export async function measureIdle(field: Field, plan: IdlePlan): Promise<Idle> {
  const all = new Map(CONTESTANTS.map((contestant) => [contestant, emptySeries()]))
  for (let round = 0; round < plan.rounds; round += 1) {
    for (const [contestant, series] of all) await measureRound(contestant, field, { plan, series })
  }
  const rssOf = (contestant: Contestant) => all.get(contestant)?.rssKb ?? []
  return {
    clients: plan.clients,
    rounds: plan.rounds,
    rows: [...all].map(([contestant, { rssKb, heapKb, connectsPerSecond, cpuUs }]) => {
      const memory = { rssKb: spreadOf(rssKb), heapKb: spreadOf(heapKb) }
      return { contestant, ...memory, connectsPerSecond: spreadOf(connectsPerSecond), cpuUs: spreadOf(cpuUs) }
    }),
    rssVsWs: pairedRatio(rssOf('notiwire'), rssOf('ws')),
    rssVsSocketIo: pairedRatio(rssOf('notiwire'), rssOf('socket.io')),
  }
}

async function measureRound(
  contestant: Contestant,
  field: Field,
  { plan, series }: { readonly plan: IdlePlan; readonly series: Series },
): Promise<void> {
  const { clients, warmUp, window } = plan
  await using pair = await Pair.start(contestant, { field })
  await pair.connect(warmUp, window)
  await pair.broadcast(dataOf('warm'), 1)
  await pair.close(0)
  const before = await pair.server.ask({ do: 'memory' })
  const cpuUs = await pair.server.cpuUs()
  const { startedAt, readyAt } = await pair.connect(clients, window)
  series.cpuUs.push(((await pair.server.cpuUs()) - cpuUs) / clients)
  series.connectsPerSecond.push(clients / ((readyAt - startedAt) / 1e6))
  const after = await pair.server.ask({ do: 'memory' })
  series.rssKb.push((after.rss - before.rss) / 1_024 / clients)
  series.heapKb.push((after.heap - before.heap) / 1_024 / clients)
}

function emptySeries(): Series {
  return { rssKb: [], heapKb: [], connectsPerSecond: [], cpuUs: [] }
}
