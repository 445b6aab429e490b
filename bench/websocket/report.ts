/** The figures as tables for people, each with its goal and what limits it. */
import type { Spread } from '../statistics.ts'
import { DATA_BYTES } from './contract.ts'
import type { Goals } from './goals.ts'
import type { ClientKind } from './load-client.ts'
import type { Block, FanOut, FanOuts, Ratios } from './measure-fan-out.ts'
import type { Idle } from './measure-idle.ts'
import type { Storm } from './measure-storm.ts'

export interface Report {
  readonly ratios: Readonly<Record<string, number>>
  /** Connections at which `fanout…` was measured. */
  readonly fanoutRatioSize: number
  readonly rssPerConnectionKb: number
  readonly loopBlockMs: number
  readonly connectPerSecond: number
  readonly storm: {
    readonly clients: number
    readonly errors: number
    readonly ms: number
    readonly recovered: number
    readonly loopDelayP99Ms: number
  }
  readonly goals: Goals
  /** What made the run smaller than planned. */
  readonly limits: readonly string[]
  readonly fanOut: FanOuts
  readonly idle: Idle
  readonly storms: Storm
  readonly machine: {
    readonly node: string
    readonly cpu: string
    readonly cores: number
    /** Of the minute before the run: near or above `cores`, others were measured along. */
    readonly loadAverage: number
    readonly platform: string
    readonly date: string
    readonly client: ClientKind
    readonly isQuick: boolean
  }
}

export function printReport(report: Report): void {
  const { node, cpu, cores, loadAverage, platform, date, client, isQuick } = report.machine
  const quick = isQuick ? '; quick: trust no figure' : ''
  console.log(
    `${date}, node ${node}, ${platform}, ${cores} x ${cpu}; load client in ${NAMES[client]}${quick}`,
  )
  console.log(
    `Load average before the run: ${loadAverage}. Above 0.5, ratios of processor time tell more than those of speed.`,
  )
  console.log(
    'Each server and its clients in processes of their own, plain TCP on loopback, rounds in turns, medians;',
  )
  console.log('compiled as the package is. In brackets the lowest and the highest round.')
  console.log(
    `Measured: notiwire by notify.send('websocket', { to: { topic }, data }); ws by client.send(text) for each;`,
  )
  console.log(
    'socket.io by io.emit; net by socket.write of one ready-made frame, the limit: no handshake, no token.',
  )
  console.log(
    'Of notiwire only the limits for one address and for connects per second are raised: all come from here.',
  )
  for (const limit of report.limits) console.log(`Smaller than planned: ${limit}`)
  for (const fanOut of report.fanOut.fanOuts) printFanOut(fanOut, report.fanoutRatioSize)
  printBlocks(report.fanOut.blocks, report.fanOut.blockClients)
  printIdle(report.idle)
  printStorm(report.storms)
  printGoals(report.goals)
}

const NAMES = { c: 'C', node: 'Node, which slows all of them' }

function printFanOut({ clients, times, rounds, rows, speed, cpu }: FanOut, ratioSize: number): void {
  const what = times === 1 ? 'One message' : `${times} messages in one tick`
  const isGoal = times > 1 || clients === ratioSize
  console.log(
    `\n${what} of ${DATA_BYTES} bytes of data to ${clients} connections${isGoal ? ' (the goals are for these)' : ''}.`,
  )
  console.log(
    `${rounds} alternated rounds; the next begins when the last has it. From the call to each delivery.`,
  )
  console.log(
    'Limit: one core of the server, most of it the kernel; net corks its sockets where there are several.',
  )
  console.table(
    rows.map(({ contestant, perSecond, p50Ms, p99Ms, cpuUs, clientCpuUs }) => ({
      server: contestant,
      'deliveries per second': shown(perSecond),
      'p50 ms': p50Ms.median,
      'p99 ms': p99Ms.median,
      'server CPU µs each': shown(cpuUs),
      'client CPU µs each': clientCpuUs.median,
    })),
  )
  console.log(`ours over them, deliveries per second: ${shownRatios(speed)}`)
  console.log(`them over ours, processor time: ${shownRatios(cpu)}`)
}

function printBlocks(blocks: readonly Block[], clients: number): void {
  console.log(
    `\nHow long one broadcast to ${clients} connections keeps the event loop from turning, at worst, ms.`,
  )
  console.log('Limit: looked at in every turn of the loop; other processes on the machine add to it.')
  console.table(
    blocks.map(({ contestant, blockMs }) => ({ server: contestant, 'longest stall': shown(blockMs) })),
  )
}

function printIdle({ clients, rounds, rows, rssVsWs, rssVsSocketIo }: Idle): void {
  console.log(
    `\nAn idle connection of ${clients}, and how fast they come in. ${rounds} rounds in fresh processes.`,
  )
  console.log(
    'All but net have checked an HS256 token. Limit: user space only; the kernel has some kB for each beside.',
  )
  console.table(
    rows.map(({ contestant, rssKb, heapKb, connectsPerSecond, cpuUs }) => ({
      server: contestant,
      'RSS kB each': shown(rssKb),
      'heap kB each': shown(heapKb),
      'connects per second': shown(connectsPerSecond),
      'server CPU µs each': shown(cpuUs),
    })),
  )
  console.log(`RSS, ours over ws: ${shown(rssVsWs)}; over socket.io: ${shown(rssVsSocketIo)}`)
}

function printStorm({ clients, missed, rounds, window, rows }: Storm): void {
  console.log(
    `\n${clients} clients are cut off at once and come back at once; ${missed} messages are sent meanwhile.`,
  )
  console.log(
    `${rounds} rounds, at most ${window} handshakes at a time. ws and net keep nothing for those who are away.`,
  )
  console.log(
    'Limit: client and server share the machine; the loop is looked at each ms, which is in its figures.',
  )
  console.table(
    rows.map(({ contestant, errors, recovered, ms, loopP99Ms, loopMaxMs, cpuUs }) => ({
      server: contestant,
      errors,
      'got what they missed': recovered,
      'all back after ms': shown(ms),
      'loop p99 ms': loopP99Ms.median,
      'loop longest ms': loopMaxMs.median,
      'server CPU µs each': shown(cpuUs),
    })),
  )
}

function printGoals(goals: Goals): void {
  console.log('\nGoals')
  console.table(Object.entries(goals).map(([name, goal]) => ({ goal: name, ...goal })))
}

function shownRatios({ ws, socketIo, rawNet }: Ratios): string {
  return `ws ${shown(ws)}, socket.io ${shown(socketIo)}, net ${shown(rawNet)}`
}

const shown = ({ median, min, max }: Spread) => `${median} (${min} to ${max})`
