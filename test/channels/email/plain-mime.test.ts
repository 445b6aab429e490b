/** A message without attachments is the same, byte for byte, as nodemailer's MailComposer makes it. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { toComposer } from '../../../src/channels/email/compose.ts'
import { LazyNodemailer } from '../../../src/channels/email/library.ts'
import { isPlainMail, writePlain, type PlainMail } from '../../../src/channels/email/plain-mime.ts'

const nodemailer = await new LazyNodemailer().load()

const MAIL: PlainMail = {
  headers: [['X-Notify-ID', '8a6e0804-2bd0-4672-b79d-d97027f9071a', true]],
  from: { address: 'orders@shop.example', name: 'Orders' },
  to: [{ address: 'ann@example.com', name: '' }],
  subject: 'Your order',
  messageId: '<8a6e0804@shop.example>',
  date: new Date(0),
  baseBoundary: '8a6e0804-2bd0-4672-b79d-d97027f9071a',
  text: 'Paid.\r\n',
}

/** As MailComposer streams it. */
async function composed(mail: PlainMail): Promise<string> {
  const options = { ...toComposer(mail), newline: 'windows' }
  return (await new nodemailer.MailComposer(options).compile().build()).toString('latin1')
}

const plain = (mail: PlainMail) => writePlain(mail, nodemailer).toString('latin1')

const withCrlf = (text: string) => text.replace(/\r\n|\r|\n/g, '\r\n')

it.each<readonly [string, Partial<PlainMail>]>([
  ['a text', {}],
  ['a text that ends within a line', { text: 'one' }],
  ['html alone', { text: '', html: '<p>Paid.</p>' }],
  ['text and html', { html: '<p>Paid.</p>' }],
  ['a text in another script', { text: '你好，世界\r\n'.repeat(40) }],
  ['a text with long lines', { text: 'many words '.repeat(40) }],
  ['html with some letters of another script', { html: `<p>${'Grüße '.repeat(60)}</p>` }],
  ['names in other scripts', { from: { address: 'a@shop.example', name: '示例商城' } }],
  ['names with quotes and commas', { to: [{ address: 'a@b.example', name: 'Ann, "the" Boss' }] }],
  [
    'many recipients',
    { to: Array.from({ length: 30 }, (_, at) => ({ address: `p${at}@x.example`, name: '' })) },
  ],
  [
    'copies and replies',
    { cc: [{ address: 'c@d.example', name: 'C' }], replyTo: [{ address: 'r@d.example', name: '李' }] },
  ],
  ['an address in another script', { to: [{ address: '用户@例子.example', name: '' }] }],
  ['a thread', { inReplyTo: '<a@b.example>', references: '<a@b.example> <c@d.example>' }],
  ['a subject in another script', { subject: `验证码 ${'很长的标题'.repeat(20)}` }],
  ['a subject that looks encoded', { subject: '=?utf-8?Q?x?= and =?no' }],
  ['a subject with quotes', { subject: 'He said "yes"' }],
  ['a long subject', { subject: 'many words '.repeat(30).trim() }],
  ['a subject of spaces', { subject: '   ' }],
  ['no subject', { subject: '' }],
  [
    'a way to unsubscribe',
    { headers: [['List-Unsubscribe', `<https://shop.example/${'u'.repeat(90)}>`, true]] },
  ],
])('%s', async (_, part) => {
  const mail = { ...MAIL, ...part }

  expect(isPlainMail(mail)).toBe(true)
  expect(plain(mail)).toBe(await composed(mail))
})

it('any of them', async () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.string({ unit: 'grapheme', maxLength: 300 }),
    fc.stringMatching(/^[ -~\r\n]{0,400}$/),
  )
  // The streams encode white space at the very end on their own; see mime-tree.
  const body = text.map((content) => (content === '' ? '' : `${withCrlf(content)}.`))
  const line = fc
    .string({ unit: 'grapheme', maxLength: 120 })
    .map((content) => content.replace(/[\r\n\0]/g, ' '))
  const local = fc.stringMatching(/^[\w.+-]{1,20}$/)
  const domain = fc.stringMatching(/^[a-z0-9]{1,9}(\.[a-z0-9-]{1,9}){0,3}$|^[a-z-]{1,9}\.[a-z]{2,5}$/)
  const mailbox = fc.record({ address: fc.tuple(local, domain).map((parts) => parts.join('@')), name: line })
  const mail = fc.record({
    ...{ text: body, html: body, subject: line },
    ...{ from: mailbox, to: fc.array(mailbox, { minLength: 1, maxLength: 5 }) },
    ...{
      cc: fc.array(mailbox, { minLength: 1, maxLength: 3 }),
      replyTo: fc.array(mailbox, { minLength: 1, maxLength: 2 }),
    },
  })
  await fc.assert(
    fc.asyncProperty(mail, async (part) => {
      const whole = { ...MAIL, ...part }
      fc.pre(isPlainMail(whole))

      expect(plain(whole)).toBe(await composed(whole))
    }),
    { numRuns: 400 },
  )
})

it.each<readonly [string, Partial<PlainMail>]>([
  ['headers of the caller', { headers: [['X-Order', '1']] }],
  ['large bodies', { text: 'x'.repeat(64 * 1024 + 1) }],
  ['no body', { text: '' }],
])('%s are left to nodemailer', (_, part) => {
  expect(isPlainMail({ ...MAIL, ...part })).toBe(false)
})
