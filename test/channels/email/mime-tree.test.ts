/** Written in one go, a message is the same as through nodemailer's streams. */
import fc from 'fast-check'
import type { MailComposerOptions } from 'nodemailer/lib/mail-composer'
import { expect, it } from 'vitest'
import { LazyNodemailer } from '../../../src/channels/email/library.ts'
import { writeTree } from '../../../src/channels/email/mime-tree.ts'

const nodemailer = await new LazyNodemailer().load()

/** As both ways write it, with the same boundaries. */
async function bothWays(mail: MailComposerOptions) {
  const tree = () => {
    const safe = { ...mail, newline: 'windows', messageId: '<id@example.com>', date: new Date(0) }
    const root = new nodemailer.MailComposer(safe).compile()
    root.baseBoundary = 'base'
    return root
  }
  const [atOnce, streamed] = [writeTree(tree(), nodemailer), await tree().build()]
  return { atOnce: atOnce?.toString('latin1'), streamed: streamed.toString('latin1') }
}

const MAIL = { from: 'a@example.com', to: 'b@example.com', subject: '验证码' }
const BYTES = Buffer.from(Array.from({ length: 256 }, (_, at) => at))

it.each([
  ['a text', { text: 'one\r\ntwo' }],
  ['a text that ends in a line break', { text: 'one\r\n' }],
  ['a text with long lines', { text: 'many words '.repeat(40) }],
  ['a text in another script', { text: '你好\r\n'.repeat(50) }],
  ['text and html', { text: 'one', html: '<p>Grüße</p>' }],
  ['html with a picture', { html: '<img src="cid:1">', attachments: [{ cid: '1', content: BYTES }] }],
  ['attachments', { text: 'one', attachments: [{ filename: 'ä.txt', content: '' }, { content: BYTES }] }],
  [
    'an attached message whose bytes are no UTF-8',
    {
      text: 'one',
      attachments: [{ filename: 'old.eml', content: Buffer.from('A: b\r\n\r\n\xff', 'latin1') }],
    },
  ],
])('%s', async (_, mail) => {
  const { atOnce, streamed } = await bothWays({ ...MAIL, ...mail })

  expect(atOnce).toBe(streamed)
})

it('any text and html', async () => {
  const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 400 }).map((body) => {
    // The composer has ended every line by CR LF; the streams encode white space at the very end on its own.
    return `${body.replace(/\r\n|\r|\n/g, '\r\n')}.`
  })
  await fc.assert(
    fc.asyncProperty(text, text, async (one, other) => {
      const { atOnce, streamed } = await bothWays({ ...MAIL, text: one, html: other })

      expect(atOnce).toBe(streamed)
    }),
    { numRuns: 200 },
  )
})

it('leaves a large part to the streams, which let others have a turn', () => {
  const mail = { ...MAIL, text: 'one', attachments: [{ content: Buffer.alloc(64 * 1024 + 1) }] }

  const written = writeTree(new nodemailer.MailComposer(mail).compile(), nodemailer)

  expect(written).toBeUndefined()
})
