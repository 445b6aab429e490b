/** Messages per second into one SMTP sink in another process: ours, nodemailer's pool and notifme-sdk in turns. */
import type { Mail, Mailer } from './mailers.ts'
import { nodemailerMailer, notifmeMailer, notiwireMailer, type MailerOptions } from './mailers.ts'
import { SinkProcess } from './sink-process.ts'
import { pairedRatio, spreadOf, type Spread } from './statistics.ts'

export interface EmailPlan {
  readonly messages: number
  /** It is so much slower that fewer tell as much. */
  readonly notifmeMessages: number
  readonly rounds: number
  readonly connections: number
  readonly concurrency: number
  readonly hasNotifme: boolean
}

export interface MailerSpeed {
  readonly mailer: string
  readonly messages: number
  readonly perSecond: Spread
  /** Of this process, the sink's own not included: microseconds of all its threads per message. */
  readonly cpuUs: Spread
}

export interface EmailSpeed extends EmailPlan {
  readonly mailers: readonly MailerSpeed[]
  readonly vsNodemailerPool: Spread
  readonly cpuVsNodemailerPool: Spread
  readonly vsNotifme: Spread | undefined
}

interface Contestant {
  readonly name: string
  readonly mailer: Mailer
  readonly messages: number
  readonly perSecond: number[]
  readonly cpuUs: number[]
}

export async function measureEmail(plan: EmailPlan): Promise<EmailSpeed> {
  await using sink = await SinkProcess.start()
  const { messages, connections, concurrency } = plan
  const options: MailerOptions = { port: sink.port, connections, concurrency }
  const ours = contestant('notiwire sendMany', notiwireMailer(options), messages)
  const pool = contestant('nodemailer pool', nodemailerMailer(options), messages)
  const notifme = plan.hasNotifme
    ? [contestant('notifme-sdk', notifmeMailer(options), plan.notifmeMessages)]
    : []
  const all = [ours, pool, ...notifme]
  for (const each of all) await run(each, sink, -1)
  for (let round = 0; round < plan.rounds; round += 1) {
    for (const each of all) await measure(each, sink, round)
  }
  for (const { mailer } of all) await mailer.close()
  return {
    ...plan,
    mailers: all.map(({ name, messages, perSecond, cpuUs }) => {
      return { mailer: name, messages, perSecond: spreadOf(perSecond), cpuUs: spreadOf(cpuUs) }
    }),
    vsNodemailerPool: pairedRatio(ours.perSecond, pool.perSecond),
    cpuVsNodemailerPool: pairedRatio(pool.cpuUs, ours.cpuUs),
    vsNotifme: notifme[0] && pairedRatio(ours.perSecond, notifme[0].perSecond),
  }
}

function contestant(name: string, mailer: Mailer, messages: number): Contestant {
  return { name, mailer, messages, perSecond: [], cpuUs: [] }
}

async function measure(each: Contestant, sink: SinkProcess, round: number): Promise<void> {
  const cpu = process.cpuUsage()
  const startedAt = performance.now()
  await run(each, sink, round)
  const seconds = (performance.now() - startedAt) / 1000
  const { user, system } = process.cpuUsage(cpu)
  each.perSecond.push(each.messages / seconds)
  each.cpuUs.push((user + system) / each.messages)
}

/** @throws {Error} where the sink did not receive every message, whole and each for its own recipient */
async function run({ name, mailer, messages }: Contestant, sink: SinkProcess, round: number): Promise<void> {
  await mailer.send(mails(messages, round))
  const received = await sink.count()
  if (received.messages === messages && received.recipients === messages && received.faults === 0) return
  throw new Error(`${name}: ${messages} messages were sent, the sink counted ${JSON.stringify(received)}`)
}

const TEXT = `Hello ${'x'.repeat(70)}\n`.repeat(12)
const HTML = `<p>你好 ${'y'.repeat(60)}</p>\n`.repeat(12)

/** About 3 kB on the wire: a subject and an html body that are not ASCII, a text that is; no two alike. */
function* mails(count: number, round: number): Generator<Mail> {
  for (let at = 0; at < count; at += 1) {
    yield {
      from: { name: 'Orders', address: 'orders@shop.example' },
      to: `user-${round + 1}-${at}@mail.example`,
      subject: `验证码 Order ${at}`,
      text: `Order ${at}\n${TEXT}`,
      html: `<h1>Order ${at}</h1>\n${HTML}`,
    }
  }
}
