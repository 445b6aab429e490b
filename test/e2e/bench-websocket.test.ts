/** The WebSocket bench comes to its end and says what it promises; none of its times is judged here. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const run = promisify(execFile)
const ROOT = join(import.meta.dirname, '..', '..')
const PATIENCE_MS = 180_000

const EVERYBODY = ['notiwire', 'ws', 'socket.io', 'net']
const RATIOS = [
  ...['fanoutVsWs', 'fanoutVsSocketio', 'fanoutVsRawNet'],
  ...['fanoutCpuVsWs', 'fanoutCpuVsSocketio', 'fanoutCpuVsRawNet'],
  ...['burstVsWs', 'burstVsSocketio', 'burstVsRawNet', 'rssVsWs', 'rssVsSocketio'],
]
const GOALS = [
  ...['fanoutVsWs', 'fanoutVsSocketio', 'fanoutVsRawNet', 'burstVsWs'],
  ...['loopBlockMs', 'rssPerConnectionKb', 'rssVsSocketio', 'stormErrors'],
]

interface Row {
  readonly contestant: string
  readonly errors?: number
}

interface Report {
  readonly ratios: object
  readonly storm: object
  readonly goals: object
  readonly machine: { readonly client: string }
  readonly fanOut: {
    readonly fanOuts: readonly {
      readonly clients: number
      readonly times: number
      readonly rows: readonly Row[]
    }[]
    readonly blocks: readonly Row[]
  }
  readonly idle: { readonly rows: readonly Row[] }
  readonly storms: { readonly rows: readonly Row[] }
}

it(
  'the WebSocket bench reports every promised figure, for everybody it measures',
  async () => {
    const report = await bench<Report>('--json')

    expect(report).toMatchObject({ storm: { clients: 200, errors: 0 }, machine: { isQuick: true } })
    expect(['c', 'node']).toContain(report.machine.client)
    expect(numbersIn(report)).toEqual([
      'fanoutRatioSize',
      'rssPerConnectionKb',
      'loopBlockMs',
      'connectPerSecond',
    ])
    expect(numbersIn(report.storm)).toEqual(['clients', 'errors', 'ms', 'recovered', 'loopDelayP99Ms'])
    expect(numbersIn(report.ratios)).toEqual(RATIOS)
    expect(Object.keys(report.goals)).toEqual(GOALS)
    const { fanOuts, blocks } = report.fanOut
    expect(fanOuts.map(({ times }) => times)).toEqual([1, 1, 10])
    const tables = [...fanOuts.map(({ rows }) => rows), blocks, report.idle.rows, report.storms.rows]
    for (const rows of tables) expect(rows.map(({ contestant }) => contestant)).toEqual(EVERYBODY)
  },
  PATIENCE_MS,
)

it(
  'the WebSocket bench loses nobody in a storm where its clients are in Node, as where no compiler is found',
  async () => {
    const { rows } = await bench<Report['storms']>('--client=node', '--only=storm')

    expect(rows.map(({ contestant, errors }) => [contestant, errors])).toEqual(
      EVERYBODY.map((name) => [name, 0]),
    )
  },
  PATIENCE_MS,
)

async function bench<Printed>(...flags: readonly string[]): Promise<Printed> {
  const { stdout } = await run(
    process.execPath,
    ['--import', 'tsx', 'bench/websocket.ts', '--quick', ...flags],
    {
      cwd: ROOT,
    },
  )
  return JSON.parse(stdout) as Printed
}

/** A figure that could not be made out is null in JSON. */
function numbersIn(figures: object): readonly string[] {
  const entries: readonly (readonly [string, unknown])[] = Object.entries(figures)
  return entries.filter(([, value]) => typeof value === 'number').map(([name]) => name)
}
