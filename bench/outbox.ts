/**
 * What durable delivery costs, against the bare engine under it, alternated in one run: `--json` prints the figures for machines,
 * `--quick` trusts no figure, `--engines=embedded,redis,postgres` says which.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { embedded } from '../src/outbox/embedded.ts'
import { prepareSlowDisk } from '../test/support/disk/disk.ts'
import type { Contestant } from './outbox/contestant.ts'
import { measure, type Figures, type Plan } from './outbox/measure.ts'
import { ours } from './outbox/ours.ts'
import { SUBJECTS, type Subject } from './outbox/subjects.ts'
import { median, round, spreadOf, type Spread } from './statistics.ts'

const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    engines: { type: 'string', default: 'embedded,redis,postgres' },
  },
})

const PLANS: Readonly<Record<string, Plan>> = {
  embedded: { single: 3_000, callers: 40_000, batches: 40, pickUps: 100 },
  redis: { single: 500, callers: 5_000, batches: 10, pickUps: 100 },
  postgres: { single: 200, callers: 1_000, batches: 2, pickUps: 50 },
}
const QUICK: Plan = { single: 50, callers: 500, batches: 1, pickUps: 10 }
const ROUNDS = flags.quick ? 1 : 5
const WAITING = flags.quick ? 2_000 : 200_000
const SLOW_MS = 20

type Row = Readonly<Record<keyof Figures, Spread>>

interface EngineReport {
  readonly engine: string
  readonly ours: Row
  readonly bare: Row
  /** What many that wait take, in megabytes: of the disk, or of Redis' memory. */
  readonly waitingMb: { readonly ours: number; readonly bare: number }
  /** How many times as much ours costs, round by round; the goal is at most 1.3. */
  readonly costOverBare: Readonly<Record<keyof Figures, number>>
}

const NAMES: readonly (keyof Figures)[] = [
  'single',
  'callers50',
  'batch1000',
  'deliveries',
  'pickUpP50Ms',
  'pickUpP99Ms',
]

async function once(open: () => Promise<Contestant>, plan: Plan): Promise<Figures> {
  const contestant = await open()
  try {
    return await measure(contestant, plan)
  } finally {
    await contestant.close()
  }
}

async function compare(subject: Subject): Promise<EngineReport> {
  const plan = flags.quick ? QUICK : (PLANS[subject.engine] ?? QUICK)
  const [our, bare]: [Figures[], Figures[]] = [[], []]
  for (let at = 0; at < ROUNDS; at += 1) {
    our.push(await once(subject.ours, plan))
    bare.push(await once(subject.bare, plan))
  }
  const rowOf = (figures: readonly Figures[]) =>
    Object.fromEntries(NAMES.map((name) => [name, spreadOf(figures.map((one) => one[name]))])) as Row
  const costOf = (name: keyof Figures) => {
    const ratios = our.map((one, at) => one[name] / (bare[at]?.[name] ?? Number.NaN))
    // More a second is less cost; more milliseconds is more.
    return round(name.endsWith('Ms') ? median(ratios) : 1 / median(ratios))
  }
  const costOverBare = Object.fromEntries(
    NAMES.map((name) => [name, costOf(name)]),
  ) as EngineReport['costOverBare']
  const waitingMb = { ours: await waitingOf(subject.ours), bare: await waitingOf(subject.bare) }
  return { engine: subject.engine, ours: rowOf(our), bare: rowOf(bare), costOverBare, waitingMb }
}

async function waitingOf(open: () => Promise<Contestant>): Promise<number> {
  const contestant = await open()
  try {
    const before = await contestant.bytes()
    for (let at = 0; at < WAITING; at += 1_000) await contestant.enqueueMany(1_000)
    return round(((await contestant.bytes()) - before) / 1e6)
  } finally {
    await contestant.close()
  }
}

/** Memory and file with many waiting, in the embedded engine. */
async function waiting() {
  const folder = await mkdtemp(join(tmpdir(), 'notiwire-bench-'))
  const contestant = await ours(embedded({ file: join(folder, 'notify.db') }), () => Promise.resolve(0))
  const before = process.memoryUsage.rss()
  for (let at = 0; at < WAITING; at += 1_000) await contestant.enqueueMany(1_000)
  const rssMb = (process.memoryUsage.rss() - before) / 1e6
  await contestant.close()
  const { stat } = await import('node:fs/promises')
  const fileMb = (await stat(join(folder, 'notify.db'))).size / 1e6
  await rm(folder, { recursive: true, force: true })
  return { jobs: WAITING, rssGrowthMb: round(rssMb), fileMb: round(fileMb) }
}

/** On a disk that takes 20 ms for every fsync. */
async function slowDisk() {
  const folder = await mkdtemp(join(tmpdir(), 'notiwire-bench-'))
  await using disk = await prepareSlowDisk(SLOW_MS)
  const child = join(import.meta.dirname, 'outbox', 'loop-child.ts')
  const run = promisify(execFile)
  const { stdout } = await run(
    process.execPath,
    ['--import', 'tsx', child, join(folder, 'notify.db'), flags.quick ? '200' : '5000'],
    { env: { ...process.env, ...disk.env } },
  )
  await rm(folder, { recursive: true, force: true })
  const { p50, p99 } = JSON.parse(stdout) as { readonly p50: number; readonly p99: number }
  return { fsyncMs: SLOW_MS, loopDelayP50Ms: round(p50), loopDelayP99Ms: round(p99) }
}

function print({ engine, ours: our, bare, costOverBare, waitingMb }: EngineReport): void {
  console.log(`\n${engine}: a second, medians of ${ROUNDS} rounds; the limit is the bare engine`)
  const rows = NAMES.map((name) => {
    const row = {
      notiwire: our[name].median,
      bare: bare[name].median,
      cost: costOverBare[name],
      goal: '<= 1.3',
    }
    return [name, row] as const
  })
  console.table(Object.fromEntries(rows))
  console.log(`${WAITING} waiting, MB:`, waitingMb)
}

const engines: EngineReport[] = []
for (const name of flags.engines.split(',')) {
  const start = SUBJECTS[name]
  if (!start) throw new Error(`There is no engine ${name}; there are ${Object.keys(SUBJECTS).join(', ')}`)
  await using subject = await start()
  const engine = await compare(subject)
  engines.push(engine)
  if (!flags.json) print(engine)
}
const report = {
  engines,
  waiting: await waiting(),
  slowDisk: await slowDisk(),
  goals: {
    costOverBare: 1.3,
    embeddedCallers50: 40_000,
    embeddedDeliveries: 27_000,
    loopDelayP99Ms: 5,
  },
  machine: {
    node: process.version,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    load: round(loadavg()[0] ?? 0),
    platform: `${process.platform} ${process.arch}`,
    date: new Date().toISOString().slice(0, 10),
    isQuick: flags.quick,
  },
}

if (flags.json) console.log(JSON.stringify(report))
else console.log(report.waiting, report.slowDisk, report.machine)
process.exit()
