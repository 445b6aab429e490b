/** The fake is as strict as a server on the internet: what it takes, one of those would. */
import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { startFakeSmtp, type FakeSmtpOptions } from '../../../src/channels/email/fake.ts'

/** Speaks the lines to the fake and returns its replies, one per line sent after the greeting. */
async function talk(options: FakeSmtpOptions, lines: readonly string[]): Promise<string[]> {
  await using fake = await startFakeSmtp(options)
  const socket = connect(fake.port, fake.host)
  const replies: string[] = []
  const waiting = [...lines]
  let text = ''
  for await (const chunk of socket) {
    text += String(chunk)
    if (!/^\d{3} .*\r\n$/m.test(text)) continue
    replies.push(text.trim().split('\r\n').at(-1) ?? '')
    text = ''
    const next = waiting.shift()
    if (next === undefined) break
    socket.write(next.endsWith('\n') ? next : `${next}\r\n`)
  }
  socket.destroy()
  return replies.slice(1)
}

const envelope = ['EHLO me', 'MAIL FROM:<a@example.com>', 'RCPT TO:<b@example.org>', 'DATA']
const head =
  'From: a@example.com\r\nDate: Mon, 23 Nov 2026 08:00:00 +0000\r\nMessage-ID: <1@example.com>\r\nMIME-Version: 1.0\r\n'

describe('the fake', () => {
  it.each([
    ['a bare line feed', `${head}\r\none\ntwo\r\n.\r\n`, '550 5.6.11'],
    ['a line of 999 bytes', `${head}\r\n${'x'.repeat(999)}\r\n.\r\n`, '554 5.6.0'],
    ['no Message-ID', `${head.replace(/Message-ID.*\r\n/, '')}\r\nx\r\n.\r\n`, '554 5.6.0'],
    ['two From headers', `From: b@example.com\r\n${head}\r\nx\r\n.\r\n`, '554 5.6.0'],
    ['a Bcc header', `Bcc: b@example.com\r\n${head}\r\nx\r\n.\r\n`, '554 5.6.0'],
    ['an empty message', '.\r\n', '554 5.6.0'],
  ])('refuses a message with %s', async (_, text, reply) => {
    expect((await talk({}, [...envelope, text])).at(-1)).toMatch(reply)
  })

  it('takes an ordinary message and undoes the doubled dots', async () => {
    expect((await talk({}, [...envelope, `${head}\r\n..x\r\n.\r\n`])).at(-1)).toMatch(
      /^250 2\.0\.0 Ok: queued as /,
    )
  })

  it.each([
    ['mail before a login', { users: { u: 'p' } }, ['EHLO me', 'MAIL FROM:<a@example.com>'], '530'],
    ['a wrong password', { users: { u: 'p' } }, ['EHLO me', `AUTH PLAIN ${btoa('\0u\0x')}`], '535 5.7.8'],
    ['DATA without a recipient', {}, ['EHLO me', 'MAIL FROM:<a@example.com>', 'DATA'], '503'],
    ['a message over SIZE', { maxBytes: 100 }, ['EHLO me', 'MAIL FROM:<a@example.com> SIZE=101'], '552'],
    ['a mailbox that does not exist', { mailboxes: [] }, envelope.slice(0, 3), '550 5.1.1'],
    ['a sender of somebody else', { senders: [] }, envelope.slice(0, 2), '550 5.7.1'],
    [
      'a name of the prototype for a user',
      { users: { u: 'p' } },
      ['EHLO me', `AUTH PLAIN ${btoa('\0constructor\0x')}`],
      '535',
    ],
  ] as const)('refuses %s', async (_, options, lines, reply) => {
    expect((await talk(options, lines)).at(-1)).toMatch(reply)
  })

  it('closes twice, and with connections open', async () => {
    const fake = await startFakeSmtp()
    const socket = connect(fake.port, fake.host)
    await new Promise((resolve) => socket.once('data', resolve))
    const closed = new Promise((resolve) => socket.once('close', resolve))

    await fake.close()
    await fake.close()
    await closed

    expect(fake.connections).toBe(0)
  })
})
