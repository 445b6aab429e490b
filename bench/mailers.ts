/** Three ways to hand the same e-mails to an SMTP server: ours, nodemailer's own pool, and notifme-sdk. */
import nodemailer from 'nodemailer'
import { smtp } from '../src/channels/email/index.ts'
import { createNotify } from '../src/index.ts'
import { loadNotifme } from './peers.ts'

export interface Mail {
  readonly from: { readonly name: string; readonly address: string }
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
}

export interface Mailer {
  /** Resolves when the server has accepted every one. */
  send(mails: Iterable<Mail>): Promise<void>
  close(): Promise<void>
}

export interface MailerOptions {
  readonly port: number
  readonly connections: number
  /** How many messages are under way at the same time. */
  readonly concurrency: number
}

const HOST = '127.0.0.1'
/** None of them is to replace a connection meanwhile. */
const MAX_MESSAGES = 1_000_000

export function notiwireMailer({ port, connections, concurrency }: MailerOptions): Mailer {
  const pool = { maxConnections: connections, maxMessages: MAX_MESSAGES }
  const notify = createNotify({ channels: { email: smtp({ host: HOST, port, pool }) } })
  return {
    async send(mails) {
      for await (const result of notify.sendMany('email', mails, { concurrency })) {
        if (result.status !== 'sent') throw new Error(`notiwire: ${result.status}`)
      }
    },
    close: () => notify.close(),
  }
}

/** Its pool at its best: no reconnecting, no more messages in its queue than it can soon use. */
export function nodemailerMailer({ port, connections, concurrency }: MailerOptions): Mailer {
  const transport = nodemailer.createTransport({
    ...{ host: HOST, port, ignoreTLS: true, pool: true },
    ...{ maxConnections: connections, maxMessages: MAX_MESSAGES },
  })
  return {
    send: (mails) => sideBySide(mails, concurrency, (mail) => transport.sendMail({ ...mail })),
    close: () => Promise.resolve(transport.close()),
  }
}

/** As its README configures SMTP; each message has a connection of its own then, so many go at the same time. */
export function notifmeMailer({ port, connections }: MailerOptions): Mailer {
  const NotifmeSdk = loadNotifme()
  const notifme = new NotifmeSdk({ channels: { email: { providers: [{ type: 'smtp', host: HOST, port }] } } })
  return {
    send: (mails) =>
      sideBySide(mails, connections, async (mail) => {
        const { status } = await notifme.send({ email: { ...mail } })
        if (status !== 'success') throw new Error(`notifme-sdk: ${status}`)
      }),
    close: () => Promise.resolve(),
  }
}

/** Takes the next one as soon as one is done. */
async function sideBySide<T>(
  items: Iterable<T>,
  concurrency: number,
  run: (item: T) => Promise<unknown>,
): Promise<void> {
  const iterator = items[Symbol.iterator]()
  const lane = async () => {
    for (let item = iterator.next(); !item.done; item = iterator.next()) await run(item.value)
  }
  await Promise.all(Array.from({ length: concurrency }, lane))
}
