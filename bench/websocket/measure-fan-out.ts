/** One message to very many connections, ten at once, and how long the event loop stands still for it. */
import { pairedRatio, spreadOf, type Spread } from '../statistics.ts'
import { CONTESTANTS, dataOf, type Contestant } from './contract.ts'
import { startAll, type Field, type Pair } from './pair.ts'

export interface FanOutPlan {
  /** Largest first: connections are closed on the way, never opened. */
  readonly sizes: readonly { readonly clients: number; readonly times: number; readonly rounds: number }[]
  readonly blockRounds: number
  readonly window: number
}

export interface FanOutRow {
  readonly contestant: Contestant
  readonly perSecond: Spread
  /** From the call to a delivery: half of them, and all but one in a hundred, had come. */
  readonly p50Ms: Spread
  readonly p99Ms: Spread
  /** Of the server, all threads and the kernel's part included. */
  readonly cpuUs: Spread
  /** Of the load client: near that of the server, it is what limits. */
  readonly clientCpuUs: Spread
}

export interface Ratios {
  readonly ws: Spread
  readonly socketIo: Spread
  readonly rawNet: Spread
}

export interface FanOut {
  readonly clients: number
  readonly times: number
  readonly rounds: number
  readonly rows: readonly FanOutRow[]
  /** Ours over theirs, in deliveries per second. */
  readonly speed: Ratios
  /** Theirs over ours, in processor time. */
  readonly cpu: Ratios
}

export interface Block {
  readonly contestant: Contestant
  readonly blockMs: Spread
}

export interface FanOuts {
  readonly fanOuts: readonly FanOut[]
  /** At the largest size. */
  readonly blocks: readonly Block[]
  readonly blockClients: number
}

interface Series {
  readonly pair: Pair
  readonly perSecond: number[]
  readonly p50Ms: number[]
  readonly p99Ms: number[]
  readonly cpuUs: number[]
  readonly clientCpuUs: number[]
}

export async function measureFanOut(field: Field, plan: FanOutPlan): Promise<FanOuts> {
  const pairs = await startAll(CONTESTANTS, { field })
  try {
    const blockClients = plan.sizes[0]?.clients ?? 0
    for (const pair of pairs) await pair.connect(blockClients, plan.window)
    const blocks = await measureBlocks(pairs, plan.blockRounds)
    const fanOuts: FanOut[] = []
    for (const size of plan.sizes) {
      for (const pair of pairs) await pair.close(size.clients)
      fanOuts.push(await measureSize(pairs, size))
    }
    return { fanOuts, blocks, blockClients }
  } finally {
    for (const pair of pairs) await pair[Symbol.asyncDispose]()
  }
}

/** The longest that the loop stood still from the call to the last delivery, in rounds of their own. */
async function measureBlocks(pairs: readonly Pair[], rounds: number): Promise<Block[]> {
  const longest = new Map(pairs.map((pair) => [pair, [] as number[]]))
  for (const pair of pairs) await pair.broadcast(dataOf('warm'), 1)
  for (let round = 0; round < rounds; round += 1) {
    for (const [pair, found] of longest) {
      await pair.server.ask({ do: 'watch', how: 'every turn' })
      await pair.broadcast(dataOf(`block ${round}`), 1)
      found.push((await pair.server.ask({ do: 'watched' })).longestMs)
    }
  }
  return [...longest].map(([{ contestant }, found]) => ({ contestant, blockMs: spreadOf(found) }))
}

async function measureSize(pairs: readonly Pair[], { clients, times, rounds }: FanOutPlan['sizes'][number]) {
  const all = pairs.map(seriesOf)
  for (const { pair } of [...all, ...all]) await pair.broadcast(dataOf('warm'), times)
  for (let round = 0; round < rounds; round += 1) {
    for (const series of all) await measureRound(series, times, round)
  }
  const rows = all.map(({ pair, ...figures }): FanOutRow => {
    const { perSecond, p50Ms, p99Ms, cpuUs, clientCpuUs } = figures
    const latency = { p50Ms: spreadOf(p50Ms), p99Ms: spreadOf(p99Ms) }
    const cost = { cpuUs: spreadOf(cpuUs), clientCpuUs: spreadOf(clientCpuUs) }
    return { contestant: pair.contestant, perSecond: spreadOf(perSecond), ...latency, ...cost }
  })
  const [speed, cpu] = [ratios(all, 'perSecond', false), ratios(all, 'cpuUs', true)]
  return { clients, times, rounds, rows, speed, cpu }
}

async function measureRound(series: Series, times: number, round: number): Promise<void> {
  const { pair } = series
  const before = await pair.client.status()
  const told = await pair.broadcast(dataOf(`round ${round}`), times)
  series.perSecond.push(told.received / ((told.lastAt - told.at) / 1e6))
  series.p50Ms.push((told.p50At - told.at) / 1e3)
  series.p99Ms.push((told.p99At - told.at) / 1e3)
  series.cpuUs.push(told.serverCpuUs / told.received)
  series.clientCpuUs.push((told.cpuUs - before.cpuUs) / told.received)
}

function seriesOf(pair: Pair): Series {
  return { pair, perSecond: [], p50Ms: [], p99Ms: [], cpuUs: [], clientCpuUs: [] }
}

function ratios(all: readonly Series[], figure: 'perSecond' | 'cpuUs', isInverse: boolean): Ratios {
  const of = (contestant: Contestant) =>
    all.find(({ pair }) => pair.contestant === contestant)?.[figure] ?? []
  const ours = of('notiwire')
  const over = (theirs: readonly number[]) =>
    isInverse ? pairedRatio(theirs, ours) : pairedRatio(ours, theirs)
  return { ws: over(of('ws')), socketIo: over(of('socket.io')), rawNet: over(of('net')) }
}
