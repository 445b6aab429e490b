/** The figures as tables for people, each with its goal and what limits it. */
import type { EmailSpeed } from './measure-email.ts'
import type { KeyCost } from './measure-keys.ts'
import type { MemoryGrowth } from './measure-memory.ts'
import type { Overhead } from './measure-overhead.ts'
import type { Spread } from './statistics.ts'

export interface Report {
  readonly ratios: {
    readonly emailVsNodemailerPool: number
    /** How much more processor time nodemailer's pool takes for a message. */
    readonly emailCpuVsNodemailerPool: number
    readonly emailVsNotifme?: number
    readonly claimAt100kKeysOver1k: number
  }
  readonly overheadUs: number
  readonly keyedOverheadUs: number
  readonly rssGrowthMb: number
  readonly overhead: Overhead
  readonly email: EmailSpeed
  readonly memory: MemoryGrowth
  readonly keys: KeyCost
  readonly machine: {
    readonly node: string
    readonly cpu: string
    readonly cores: number
    readonly platform: string
    readonly date: string
    readonly isQuick: boolean
  }
}

export function printReport({ overhead, email, memory, keys, machine }: Report): void {
  const { node, cpu, cores, platform, date, isQuick } = machine
  console.log(
    `${date}, node ${node}, ${platform}, ${cores} x ${cpu}${isQuick ? '; quick: trust no figure' : ''}`,
  )
  printOverhead(overhead)
  printEmail(email)
  printMemory(memory)
  printKeys(keys)
}

function printOverhead({ sends, rounds, ...figures }: Overhead): void {
  console.log(`\nOne send after the other over the bare driver, default options, µs per send (goal <= 10).`)
  console.log(`${rounds} alternated rounds of ${sends}, medians. Limit: one core, nothing but the SDK runs.`)
  console.table([figures])
}

function printEmail(email: EmailSpeed): void {
  const { rounds, connections, concurrency, mailers, vsNodemailerPool, vsNotifme } = email
  console.log(`\nE-mail to one SMTP sink in another process, plain TCP on loopback, about 3 kB each.`)
  console.log(`${rounds} alternated rounds, ${connections} connections, ${concurrency} messages under way.`)
  console.log('Limit: one core composes; the sink checks and drops. Real servers and TLS are slower for all.')
  console.table(
    mailers.map(({ mailer, messages, perSecond, cpuUs }) => {
      return { mailer, messages, 'per second': shown(perSecond), 'client CPU µs each': shown(cpuUs) }
    }),
  )
  console.log(`over nodemailer's pool: ${shown(vsNodemailerPool)} (goal >= 1.2)`)
  if (vsNotifme) console.log(`over notifme-sdk: ${shown(vsNotifme)} (goal >= 15)`)
}

function printMemory(memory: MemoryGrowth): void {
  console.log(`\nMemory of sendMany from an async generator, in a process of its own, MB (goal: RSS < 100).`)
  console.log('Limit: growth over the moment before the first send, so V8 warming up is in it.')
  console.table([memory])
}

function printKeys({ fewKeys, fewUs, manyKeys, manyUs, ratio, claims, rounds }: KeyCost): void {
  console.log(`\nOne claim of an idempotency key in memory, one old key forgotten for each, µs.`)
  console.log(
    `${rounds} alternated rounds of ${claims}. Limit: more keys miss the processor's cache more often.`,
  )
  console.table([
    { 'live keys': fewKeys, 'µs per claim': fewUs },
    { 'live keys': manyKeys, 'µs per claim': manyUs },
  ])
  console.log(`${manyKeys} over ${fewKeys}: ${shown(ratio)} (goal: near 1)`)
}

const shown = ({ median, min, max }: Spread) => `${median} (${min} to ${max})`
