/** What a server quotes of a message or a login stands in no error, however it cuts and folds it. */
import { describe, expect, it } from 'vitest'
import { findSecrets } from '../../../src/testing/find-secrets.ts'
import { startBench, TO } from './bench.ts'

describe('a refusal', () => {
  it('shows no half of an address that stands where its text is cut off', async () => {
    await using bench = await startBench()
    bench.fake.refuseNext({ command: 'RCPT', reply: `550 5.1.1 ${'x'.repeat(474)} <${TO}> unknown` })

    const error = await bench.fail()

    expect(error.provider?.message.length).toBe(500)
    expect(findSecrets(error, ['ada.love'])).toEqual([])
  })

  it.each(['Your  secret   code 4711', 'Your secret code 4711'])(
    'shows no subject, quoted as "%s"',
    async (quoted) => {
      await using bench = await startBench()
      bench.fake.refuseNext({ command: 'MESSAGE', reply: `550 5.7.1 Spam: ${quoted}` })

      const error = await bench.fail({ subject: 'Your  secret   code 4711' })

      expect(findSecrets(error, ['code 4711', 'Your secret code'])).toEqual([])
      expect(error.provider?.message).toContain('Spam')
    },
  )

  it('shows no link of the text or the html', async () => {
    await using bench = await startBench()
    const link = 'https://shop.example.com/reset?token=7f3a9c&user=4'
    const other = 'https://shop.example.com/login/5f5e'
    bench.fake.refuseNext({ command: 'MESSAGE', reply: `554 5.7.1 Bad URLs ${link} and ${other}` })

    const error = await bench.fail({
      text: `Go to (${other}).`,
      html: `<a href="${link.replace('&', '&amp;')}">x</a>`,
    })

    expect(findSecrets(error, [link, other, '7f3a9c', '5f5e'])).toEqual([])
  })

  it('of a login shows no piece of the line it refuses', async () => {
    const pass = 'correct horse battery staple'
    const line = `AUTH PLAIN ${Buffer.from(`\0shop\0${pass}`).toString('base64')}`
    await using bench = await startBench({
      fake: { users: { shop: 'other' } },
      config: { auth: { user: 'shop', pass } },
    })
    bench.fake.refuseNext({ command: 'AUTH', reply: `535 5.7.8 Authentication failed: ${line.slice(0, 30)}` })

    const error = await bench.fail()

    expect(error.provider?.message).toContain('Authentication failed')
    expect(findSecrets(error, [line.slice(11, 30), line.slice(11, 19), pass])).toEqual([])
  })

  it('of a login shows nothing of the line it echoes in full', async () => {
    const pass = 'correct horse battery staple'
    const blob = Buffer.from(`\0shop\0${pass}`).toString('base64')
    await using bench = await startBench({
      fake: { users: { shop: 'other' } },
      config: { auth: { user: 'shop', pass } },
    })
    // In answer to another command, where only the secret itself is sought.
    bench.fake.refuseNext({ command: 'MAIL', reply: `535 5.7.8 After AUTH PLAIN ${blob}` })
    bench.fake.refuseNext({ command: 'AUTH', reply: '235 2.7.0 Ok' })

    expect(findSecrets(await bench.fail(), [blob])).toEqual([])
  })

  it.each(['550', '5.1.1', '550 5.1.1', '1', '5.1'])(
    'keeps its code where the subject is "%s"',
    async (subject) => {
      await using bench = await startBench()
      bench.fake.refuseNext({ command: 'RCPT', reply: '550 5.1.1 No such user' })

      const error = await bench.fail({ subject, to: { name: subject, address: TO } })

      expect(error).toMatchObject({ code: 'RECIPIENT_REJECTED', provider: { code: '550 5.1.1' } })
    },
  )

  it.each(['Socket', 'ECONNECTION', 'connection', 'Econ'])(
    'keeps its code where the subject is %s',
    async (subject) => {
      await using bench = await startBench()
      void bench.fake.failNext('reset')

      const error = await bench.fail({ subject })

      expect(error.provider?.code).toMatch(/^E[A-Z_]+$/)
    },
  )
})

describe('a receipt', () => {
  it('of 1,000 refused recipients takes no longer for each than one of ten', async () => {
    const to = Array.from({ length: 1000 }, (_, index) => `customer.${index}@example.net`)
    await using bench = await startBench({
      fake: { mailboxes: [TO], maxRecipients: 2000 },
      config: { maxRecipients: 2000 },
    })
    const started = process.cpuUsage()

    const { recipients } = await bench.receipt({ to: [...to, TO] })

    expect(recipients.filter(({ status }) => status === 'rejected')).toHaveLength(1000)
    expect(findSecrets(recipients, to.slice(0, 20))).toEqual([])
    // Processor time, with room for a slow machine: it took 30 seconds when every reply was searched for every recipient.
    expect(process.cpuUsage(started).user / 1e6).toBeLessThan(10)
  })

  it('names no other recipient in the reply to one', async () => {
    await using bench = await startBench()
    bench.fake.refuseNext({
      command: 'RCPT',
      reply: `550 5.1.1 Neither bob@example.net nor <${TO}> nor carl%40example.org`,
    })

    const { recipients } = await bench.receipt({ to: ['bob@example.net', TO, 'carl@example.org'] })

    expect(recipients[0]?.provider?.message).toBe(
      '550 5.1.1 Neither [redacted] nor <[redacted]> nor [redacted]',
    )
  })
})
