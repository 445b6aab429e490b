/**
 * What sending costs: the pipeline over the bare driver, e-mail against nodemailer's own pool and notifme-sdk, the
 * memory of very many sends, and idempotency keys by their number. `--json` prints one object, `--quick` counts
 * less, `--no-notifme` needs no network.
 */
import { cpus } from 'node:os'
import { measureEmail } from './measure-email.ts'
import { measureKeys } from './measure-keys.ts'
import { measureMemory } from './measure-memory.ts'
import { measureOverhead } from './measure-overhead.ts'
import { printReport, type Report } from './report.ts'

const FULL = {
  overhead: { sends: 50_000, rounds: 11 },
  email: { messages: 2_000, notifmeMessages: 200, rounds: 9 },
  memorySends: 1_000_000,
  keys: { claims: 200_000, rounds: 9 },
}
const QUICK: typeof FULL = {
  overhead: { sends: 20_000, rounds: 3 },
  email: { messages: 500, notifmeMessages: 50, rounds: 3 },
  memorySends: 100_000,
  keys: { claims: 50_000, rounds: 3 },
}

const isAsked = (flag: string) => process.argv.includes(flag)
const plan = isAsked('--quick') ? QUICK : FULL

const overhead = await measureOverhead(plan.overhead)
const keys = await measureKeys(plan.keys)
const memory = await measureMemory(plan.memorySends)
const hasNotifme = !isAsked('--no-notifme')
const email = await measureEmail({ ...plan.email, connections: 5, concurrency: 20, hasNotifme })

const report: Report = {
  ratios: {
    emailVsNodemailerPool: email.vsNodemailerPool.median,
    emailCpuVsNodemailerPool: email.cpuVsNodemailerPool.median,
    ...(email.vsNotifme && { emailVsNotifme: email.vsNotifme.median }),
    claimAt100kKeysOver1k: keys.ratio.median,
  },
  overheadUs: overhead.overheadUs,
  keyedOverheadUs: overhead.keyedOverheadUs,
  rssGrowthMb: memory.rssGrowthMb,
  ...{ overhead, email, memory, keys },
  machine: {
    node: process.version,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    platform: `${process.platform} ${process.arch}`,
    date: new Date().toISOString().slice(0, 10),
    isQuick: plan === QUICK,
  },
}
if (isAsked('--json')) console.log(JSON.stringify(report))
else printReport(report)
