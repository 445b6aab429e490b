/**
 * What the WebSocket hub costs beside a `ws` send loop, socket.io and bare sockets: fan-out, bursts, stalls of the
 * event loop, memory, connects, and a reconnect storm. `--json` prints one object, `--quick` counts less,
 * `--client=node` or `--client=c` chooses the load client, `--source=<folder>` measures another checkout of this
 * project, `--only=fan-out`, `idle` or `storm` prints that part alone, as JSON.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { round } from './statistics.ts'
import { buildAll } from './websocket/build.ts'
import { goalsOf } from './websocket/goals.ts'
import { prepareLoad, type ClientKind } from './websocket/load-client.ts'
import { measureFanOut, type FanOuts } from './websocket/measure-fan-out.ts'
import { measureIdle } from './websocket/measure-idle.ts'
import { measureStorm } from './websocket/measure-storm.ts'
import type { Field } from './websocket/pair.ts'
import { FULL, QUICK, roomFor, within, type Plan } from './websocket/plan.ts'
import { printReport, type Report } from './websocket/report.ts'
import { issueTokens } from './websocket/serve-notiwire.ts'

const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    client: { type: 'string' },
    source: { type: 'string', default: join(import.meta.dirname, '..') },
    only: { type: 'string' },
    /** For the servers, such as `--cpu-prof --cpu-prof-dir=/tmp/profiles`. */
    'node-arguments': { type: 'string', default: '' },
  },
})
const { plan, limits } = within(flags.quick ? QUICK : FULL, roomFor())
/** Of the last minute, before anything of this bench ran. */
const LOAD_AT_START = round(loadavg()[0] ?? 0)
const ROOT = join(import.meta.dirname, '..')
// Inside of the project, where compiled files find the packages.
mkdirSync(join(ROOT, '.tmp'), { recursive: true })
const folder = mkdtempSync(join(ROOT, '.tmp', 'bench-websocket-'))
try {
  await main(await prepare(plan))
} finally {
  rmSync(folder, { recursive: true })
}

async function main(field: Field): Promise<void> {
  const parts = {
    idle: () => measureIdle(field, plan.idle),
    'fan-out': () => measureFanOut(field, plan.fanOut),
    storm: () => measureStorm(field, plan.storm),
  }
  const only = Object.entries(parts).find(([name]) => name === flags.only)
  if (only) return console.log(JSON.stringify(await only[1]()))
  const idle = await parts.idle()
  const fanOut = await parts['fan-out']()
  const report = reportOf({ idle, fanOut, storms: await parts.storm() }, field.load.kind)
  if (flags.json) console.log(JSON.stringify(report))
  else printReport(report)
}

async function prepare({ fanOut, idle, storm }: Plan): Promise<Field> {
  const { notiwire, server, load } = await buildAll(folder, resolve(flags.source))
  const clients = Math.max(idle.clients, storm.clients, ...fanOut.sizes.map((size) => size.clients))
  const tokens = join(folder, 'tokens')
  writeFileSync(tokens, await issueTokens(notiwire, clients))
  const nodeArguments = flags['node-arguments'].split(' ').filter(Boolean)
  return { notiwire, tokens, server: { file: server, nodeArguments }, load: prepareLoad(load, clientKind()) }
}

function clientKind(): ClientKind | undefined {
  const { client } = flags
  if (client === undefined || client === 'c' || client === 'node') return client
  throw new Error('--client is c or node')
}

function reportOf(measured: Pick<Report, 'idle' | 'fanOut' | 'storms'>, client: ClientKind): Report {
  const { idle, fanOut, storms } = measured
  const ratios = ratiosOf(fanOut, idle)
  const ourIdle = idle.rows.find(({ contestant }) => contestant === 'notiwire')
  const ourStorm = storms.rows.find(({ contestant }) => contestant === 'notiwire')
  const ourBlock = fanOut.blocks.find(({ contestant }) => contestant === 'notiwire')
  const figures = {
    rssPerConnectionKb: ourIdle?.rssKb.median ?? NaN,
    loopBlockMs: ourBlock?.blockMs.median ?? NaN,
  }
  const stormErrors = ourStorm?.errors ?? NaN
  return {
    ratios,
    fanoutRatioSize: plan.ratioSize,
    ...figures,
    connectPerSecond: ourIdle?.connectsPerSecond.median ?? NaN,
    storm: {
      clients: storms.clients,
      errors: stormErrors,
      ms: ourStorm?.ms.median ?? NaN,
      recovered: ourStorm?.recovered ?? NaN,
      loopDelayP99Ms: ourStorm?.loopP99Ms.median ?? NaN,
    },
    goals: goalsOf({ ...ratios, ...figures, stormErrors }),
    limits,
    ...measured,
    machine: {
      node: process.version,
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: cpus().length,
      loadAverage: LOAD_AT_START,
      platform: `${process.platform} ${process.arch}`,
      date: new Date().toISOString().slice(0, 10),
      client,
      isQuick: flags.quick,
    },
  }
}

function ratiosOf({ fanOuts }: FanOuts, { rssVsWs, rssVsSocketIo }: Report['idle']) {
  const single = fanOuts.find(({ clients, times }) => times === 1 && clients === plan.ratioSize)
  const burst = fanOuts.find(({ times }) => times > 1)
  return {
    fanoutVsWs: single?.speed.ws.median ?? NaN,
    fanoutVsSocketio: single?.speed.socketIo.median ?? NaN,
    fanoutVsRawNet: single?.speed.rawNet.median ?? NaN,
    fanoutCpuVsWs: single?.cpu.ws.median ?? NaN,
    fanoutCpuVsSocketio: single?.cpu.socketIo.median ?? NaN,
    fanoutCpuVsRawNet: single?.cpu.rawNet.median ?? NaN,
    burstVsWs: burst?.speed.ws.median ?? NaN,
    burstVsSocketio: burst?.speed.socketIo.median ?? NaN,
    burstVsRawNet: burst?.speed.rawNet.median ?? NaN,
    rssVsWs: rssVsWs.median,
    rssVsSocketio: rssVsSocketIo.median,
  }
}
