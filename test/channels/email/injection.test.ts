/** Nothing a message holds can add a recipient, a header or a command: such input is refused before anything is sent. */
import fc from 'fast-check'
import addressparser from 'nodemailer/lib/addressparser'
import { describe, expect, it } from 'vitest'
import { readAddress } from '../../../src/channels/email/address.ts'
import { findSecrets } from '../../../src/testing/find-secrets.ts'
import { startBench, TO } from './bench.ts'

const hostile: [name: string, path: string, input: Record<string, unknown>][] = [
  ['a header behind a line break in an address', 'to', { to: 'b@y.org\r\nBcc: evil@z.org' }],
  ['a command behind a line break in an address', 'to.0', { to: ['b@y.org>\r\nRCPT TO:<evil@z.org'] }],
  ['a lone line feed in an address', 'to', { to: 'b@y.org\nevil' }],
  ['a Bcc header', 'headers.Bcc', { headers: { Bcc: 'evil@z.org' } }],
  ['a To header in other letters', 'headers.tO', { headers: { tO: 'evil@z.org' } }],
  ['a DKIM-Signature header', 'headers.DKIM-Signature', { headers: { 'DKIM-Signature': 'v=1' } }],
  ['a Content-Type header', 'headers.Content-Type', { headers: { 'Content-Type': 'text/html' } }],
  [
    'a header that SendGrid obeys',
    'headers.X-SMTPAPI',
    { headers: { 'X-SMTPAPI': '{"to":["evil@z.org"]}' } },
  ],
  ['a header that SparkPost obeys', 'headers.X-MSYS-API', { headers: { 'X-MSYS-API': '{}' } }],
  ['an Apparently-To header', 'headers.Apparently-To', { headers: { 'Apparently-To': 'evil@z.org' } }],
  ['a Delivered-To header', 'headers.Delivered-To', { headers: { 'Delivered-To': 'evil@z.org' } }],
  ['a Resent-To header', 'headers.Resent-To', { headers: { 'Resent-To': 'evil@z.org' } }],
  ['a header name with a line break', 'headers.?', { headers: { 'X-A\r\nBcc': 'evil@z.org' } }],
  ['a header name with a colon', 'headers.?', { headers: { 'Bcc:': 'evil@z.org' } }],
  ['a header twice, in two spellings', 'headers.x-a', { headers: { 'X-A': '1', 'x-a': '2' } }],
  ['a header value with a line break', 'headers.X-A', { headers: { 'X-A': 'b\r\nBcc: evil@z.org' } }],
  ['an address in front of another', 'to', { to: 'victim@x.com <evil@z.org>' }],
  ['an address in angle brackets', 'to', { to: '<evil@z.org>' }],
  ['two addresses in one object', 'to.address', { to: { address: 'b@y.org, e@z.org' } }],
  ['two addresses in one string', 'to', { to: 'b@y.org, e@z.org' }],
  ['two "@" in an address', 'cc', { cc: 'b@y.org@z.org' }],
  ['a space in an address', 'bcc', { bcc: 'b y@y.org' }],
  ['a quoted local part', 'to', { to: '"b y"@y.org' }],
  ['a name without a domain', 'to.1', { to: ['b@y.org', 'root'] }],
  ['a word that is no address', 'to', { to: 'not-an-address' }],
  ['a local part of 65 characters', 'to', { to: `${'a'.repeat(65)}@y.org` }],
  ['a domain label of 64 characters', 'to', { to: `a@${'b'.repeat(64)}.org` }],
  ['a domain of 254 characters', 'to', { to: `a@${'b.'.repeat(125)}orgs` }],
  ['a trailing dot', 'to', { to: 'a@y.org.' }],
  ['an IP address for a domain', 'to', { to: 'a@127.0.0.1' }],
  ['a domain in brackets', 'to', { to: 'a@[127.0.0.1]' }],
  ['a NUL in an address', 'to', { to: 'a\0@y.org' }],
  ['a right-to-left override in an address', 'to', { to: 'a\u202e@y.org' }],
  ['a zero-width space in an address', 'to', { to: 'a\u200b@y.org' }],
  ['a full-width "@" in the domain', 'to', { to: 'a@y.org＠z.org' }],
  ['an address list that is empty', 'to', { to: [] }],
  ['no address but nothing', 'to', { to: undefined }],
  ['a group', 'to', { to: 'friends: a@y.org;' }],
  ['an object of the engine', 'to', { to: { address: 'a@y.org', group: [] } }],
  ['a line break in a name', 'to.name', { to: { name: 'A\r\nBcc: evil@z.org', address: 'a@y.org' } }],
  ['a line break in the sender', 'from', { from: 'a@y.org\r\nX: y' }],
  ['a line break in replyTo', 'replyTo.0.name', { replyTo: [{ name: 'A\nB', address: 'a@y.org' }] }],
  ['a line break in the subject', 'subject', { subject: 'Hi\r\nBcc: evil@z.org' }],
  ['a Message-ID', '', { messageId: '<a@b>\r\nBcc: e@z.org' }],
  ['a line break in inReplyTo', 'inReplyTo', { inReplyTo: '<a@b>\r\nBcc: e@z.org' }],
  ['a line break in references', 'references.0', { references: ['<a@b>\n<c@d>'] }],
  ['a file', 'attachments.0.path', { attachments: [{ path: '/etc/hostname' }] }],
  [
    'base64 that is none',
    'attachments.0.content',
    { attachments: [{ filename: 'a', content: 'not base64!', encoding: 'base64' }] },
  ],
  ['a URL', 'attachments.0', { attachments: [{ filename: 'a', href: 'http://127.0.0.1/' }] }],
  [
    'a file behind content',
    'attachments.0.content',
    { attachments: [{ filename: 'a', content: { path: '/etc/hostname' } }] },
  ],
  ['a file for text', 'text', { text: { path: '/etc/hostname' } }],
  ['raw MIME', '', { raw: 'Bcc: evil@z.org' }],
  ['an envelope', '', { envelope: { to: 'evil@z.org' } }],
  [
    'a line break in a file name',
    'attachments.0.filename',
    { attachments: [{ filename: 'a\r\nb', content: '' }] },
  ],
  [
    'a line break in a content type',
    'attachments.0.contentType',
    { attachments: [{ filename: 'a', content: '', contentType: 'a/b\r\nX: y' }] },
  ],
  [
    'a multipart attachment',
    'attachments.0.contentType',
    { attachments: [{ filename: 'a', content: '', contentType: 'multipart/mixed' }] },
  ],
  [
    'a line break in a content id',
    'attachments.0.contentId',
    { attachments: [{ filename: 'a', content: '', contentId: 'a>\r\nX: y' }] },
  ],
  [
    'a line break in the unsubscribe URL',
    'listUnsubscribe.url',
    { listUnsubscribe: { url: 'https://a.org/\r\nBcc: e@z.org' } },
  ],
  [
    'a bracket in the unsubscribe URL',
    'listUnsubscribe.url',
    { listUnsubscribe: { url: 'https://a.org/>, <https://b.org' } },
  ],
  ['an unsubscribe URL without TLS', 'listUnsubscribe.url', { listUnsubscribe: { url: 'http://a.org/' } }],
]

describe('a message is refused that has', () => {
  it.each(hostile)('%s', async (_, path, input) => {
    await using bench = await startBench({ config: { relaySigns: true } })

    const error = await bench.fail(input)

    expect(error).toMatchObject({ code: 'INVALID_MESSAGE', delivery: 'not_sent' })
    expect(error.issues?.map((issue) => issue.path)).toContain(path)
    expect(findSecrets(error, ['evil@z.org', 'b@y.org', TO])).toEqual([])
    expect(bench.fake.connectionsMade).toBe(0)
  })
})

describe('a text that is far too long', () => {
  it.each([
    ['subject', { subject: 'x y'.repeat(1_400_000) }],
    ['headers.X-A', { headers: { 'X-A': 'x'.repeat(4_000_000) } }],
    ['to', { to: `a@${'ü'.repeat(1_000_000)}.org` }],
  ])('in %s is refused for its length alone', async (path, input) => {
    await using bench = await startBench()
    const started = process.cpuUsage()

    const error = await bench.fail(input)

    expect(error.issues).toMatchObject([{ path, message: expect.stringContaining('bytes') as string }])
    // Processor time, with room for a slow machine: it took 8 seconds.
    expect(process.cpuUsage(started).user / 1e6).toBeLessThan(4)
  })
})

const pieces = fc.constantFrom(
  ...[
    'a',
    'b.c',
    'Ünï',
    '用户',
    '@',
    '@y.org',
    '.',
    '..',
    ' ',
    '\r\n',
    '\n',
    '\0',
    '<',
    '>',
    ',',
    ';',
    ':',
    '"',
    '\\',
  ],
  ...[
    '(c)',
    '[',
    ']',
    '\u200b',
    '\u202e',
    '\u2028',
    '＠',
    '．',
    '。',
    '％',
    '-',
    '_',
    '+',
    '%',
    '=?utf-8?q?=40?=',
    'xn--',
    '1',
  ],
)
const hostileText = fc.oneof(
  fc.array(pieces, { maxLength: 8 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.tuple(fc.string({ maxLength: 8 }), fc.domain()).map(([local, domain]) => `${local}@${domain}`),
  fc.emailAddress(),
)

describe('an address that is taken', () => {
  it('is one address to the engine too, the very same, and cannot leave its line', () => {
    let taken = 0
    fc.assert(
      fc.property(hostileText, (text) => {
        const read = readAddress(text)
        if (!('address' in read)) return
        taken += 1
        const { address } = read
        expect(addressparser(address)).toEqual([{ name: '', address }])
        expect(address).toMatch(/^[^\s\p{C}<>"(),:;@[\\\]]{1,64}@[a-z0-9.-]{1,253}$/iu)
        expect(readAddress(address)).toEqual({ address })
      }),
      { numRuns: 5000 },
    )
    expect(taken).toBeGreaterThan(500)
  })

  it('is the only one in the envelope, for any text that may be a name beside it', async () => {
    await using bench = await startBench()
    await fc.assert(
      fc.asyncProperty(hostileText, fc.emailAddress(), async (name, address) => {
        const count = bench.fake.accepted.length
        const result = await bench.send({ to: { name, address } })
        if (result.status === 'failed') {
          expect(result.error.code).toBe('INVALID_MESSAGE')
          expect(bench.fake.accepted).toHaveLength(count)
        } else expect(bench.fake.accepted.at(-1)?.to).toEqual([address])
      }),
      { numRuns: 100 },
    )
  })
})
