/** What arrives is what was written, as an independent parser reads it. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import fc from 'fast-check'
import { simpleParser, type ParsedMail } from 'mailparser'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EmailMessageInput } from '../../../src/channels/email/index.ts'
import { headerOf, lastRaw, startBench, type BenchOptions } from './bench.ts'

/** Sends and reads what the server took. */
async function arrival(
  input: Partial<EmailMessageInput>,
  options?: BenchOptions,
): Promise<ParsedMail & { raw: string }> {
  await using bench = await startBench(options)
  await bench.receipt(input)
  const raw = lastRaw(bench.fake)
  return Object.assign(
    await simpleParser(bench.fake.accepted[0]?.raw ?? Buffer.alloc(0), { skipTextToHtml: true }),
    { raw },
  )
}

describe('the body', () => {
  it('arrives as text and html side by side', async () => {
    const mail = await arrival({ text: 'Grüße, 你好 👋', html: '<p>Grüße, 你好 👋</p>' })

    expect(mail.text?.trim()).toBe('Grüße, 你好 👋')
    expect(mail.html).toBe('<p>Grüße, 你好 👋</p>')
    expect(headerOf(mail.raw, 'Content-Type')).toMatch(/^multipart\/alternative/)
  })

  it.each([
    ['lines that begin with a dot', '.\n..\n.hidden\nend.'],
    ['a line of 5,000 characters', 'x'.repeat(5000)],
    ['lone carriage returns', 'one\rtwo\r\rthree'],
    ['what looks like the end of the message', 'before\r\n.\r\nMAIL FROM:<eve@example.net>\r\nafter'],
    ['a NUL and other control characters', 'a\u0000b\u0007c'],
  ])('keeps %s', async (_, text) => {
    const mail = await arrival({ text })

    const lines = (value = '') => value.replace(/\r\n|\r|\n/g, '\n').trimEnd()
    expect(lines(mail.text)).toBe(lines(text))
  })

  it('keeps any text, whatever is in it', async () => {
    await using bench = await startBench()
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', minLength: 1, maxLength: 300 }), async (text) => {
        await bench.receipt({
          text,
          subject: text.replace(/[\p{Cc}\p{Cs}\u2028\u2029]/gu, '').trim() || 'none',
        })
        const mail = await simpleParser(bench.fake.accepted.at(-1)?.raw ?? '')
        const lines = (value = '') => value.replace(/\r\n|\r|\n/g, '\n').replace(/\n+$/, '')
        expect(lines(mail.text)).toBe(lines(text))
      }),
      { numRuns: 60 },
    )
  })
})

describe('headers', () => {
  it('carry names and subjects in any script, folded so that no line is too long', async () => {
    const name = '陈 "the, captain" <x> Ålander'.repeat(3)
    const subject = `验证码 👨‍👩‍👧 ${'long '.repeat(40)}`.trim()
    const mail = await arrival({ from: { name, address: 'shop@example.com' }, subject })

    expect(mail.from?.value).toEqual([{ name, address: 'shop@example.com' }])
    expect(mail.subject).toBe(subject)
  })

  it('name to, cc and replyTo, and never bcc', async () => {
    await using bench = await startBench()
    await bench.receipt({
      to: ['a@example.org', { name: 'B', address: 'b@example.org' }],
      cc: 'c@example.org',
      bcc: ['hidden@example.net', 'a@example.org'],
      replyTo: [{ name: 'Help', address: 'help@example.com' }],
    })

    const raw = lastRaw(bench.fake)
    expect(headerOf(raw, 'To')).toBe('a@example.org, B <b@example.org>')
    expect(headerOf(raw, 'Cc')).toBe('c@example.org')
    expect(headerOf(raw, 'Reply-To')).toBe('Help <help@example.com>')
    // Ids are random, and hold any three letters now and then.
    expect(raw).not.toMatch(/hidden|^bcc:/im)
    expect(bench.fake.accepted[0]?.to).toEqual([
      'a@example.org',
      'b@example.org',
      'c@example.org',
      'hidden@example.net',
    ])
  })

  it('take custom ones, priority and the conversation', async () => {
    const { raw } = await arrival({
      headers: { 'X-Campaign': 'März', 'Auto-Submitted': 'auto-replied' },
      priority: 'high',
      inReplyTo: '<one@example.com>',
      references: ['<zero@example.com>', '<one@example.com>'],
    })

    expect(headerOf(raw, 'X-Campaign')).toMatch(/^=\?UTF-8\?/i)
    expect(headerOf(raw, 'Auto-Submitted')).toBe('auto-replied')
    expect(headerOf(raw, 'X-Priority')).toBe('1 (Highest)')
    expect(headerOf(raw, 'In-Reply-To')).toBe('<one@example.com>')
    expect(headerOf(raw, 'References')).toBe('<zero@example.com> <one@example.com>')
  })

  it('write a domain in another script in ASCII, in header and envelope', async () => {
    await using bench = await startBench()
    await bench.receipt({ to: 'info@bücher.example' })

    expect(bench.fake.accepted[0]?.to).toEqual(['info@xn--bcher-kva.example'])
    expect(headerOf(lastRaw(bench.fake), 'To')).toBe('info@xn--bcher-kva.example')
  })
})

describe('attachments', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'notiwire-email-'))
    await mkdir(join(folder, 'public'))
    await writeFile(join(folder, 'public', 'terms.txt'), 'the terms')
    await writeFile(join(folder, 'secret.txt'), 'not yours')
    await symlink(join(folder, 'secret.txt'), join(folder, 'public', 'link.txt'))
    await symlink(folder, join(folder, 'public', 'up'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))
  const bytes = Buffer.from(Array.from({ length: 3000 }, (_, index) => index % 256))

  it.each([
    ['a Buffer', () => bytes],
    [
      'a Uint8Array that is a window on more',
      () => new Uint8Array(new Uint8Array([9, ...bytes, 9]).buffer, 1, bytes.length),
    ],
    ['a stream', () => Readable.from([bytes.subarray(0, 10), bytes.subarray(10)])],
    ['a web stream', () => Readable.toWeb(Readable.from([bytes])) as unknown as AsyncIterable<Uint8Array>],
  ])('may be %s', async (_, content) => {
    const mail = await arrival({ attachments: [{ filename: 'Rechnung März.pdf', content: content() }] })

    expect(mail.attachments).toHaveLength(1)
    expect(mail.attachments[0]).toMatchObject({
      filename: 'Rechnung März.pdf',
      contentType: 'application/pdf',
    })
    expect(mail.attachments[0]?.content.equals(bytes)).toBe(true)
  })

  it('may be text, or base64', async () => {
    const mail = await arrival({
      attachments: [
        { filename: 'a.csv', content: 'ä;b', contentType: 'text/csv' },
        { filename: 'b.bin', content: bytes.toString('base64'), encoding: 'base64' },
      ],
    })

    expect(mail.attachments.map(({ content }) => content)).toEqual([Buffer.from('ä;b'), bytes])
  })

  it('may be shown in the html by their content id', async () => {
    const mail = await arrival({
      html: '<img src="cid:logo">',
      attachments: [{ filename: 'logo.png', content: bytes, contentId: 'logo' }],
    })

    expect(mail.attachments[0]).toMatchObject({ cid: 'logo', related: true, contentDisposition: 'inline' })
  })

  it('may be a message, its lines ended as they must be', async () => {
    const inner = 'From: a@example.org\nSubject: inner\n\nhällo\n.\nend\n'
    const { raw } = await arrival({ attachments: [{ filename: 'inner.eml', content: inner }] })

    expect(raw).toContain('Subject: inner\r\n\r\n')
  })

  it('may be a file under an allowed root', async () => {
    const config = { allowFileRoots: [join(folder, 'public')] }
    const mail = await arrival({ attachments: [{ path: join(folder, 'public', 'terms.txt') }] }, { config })

    expect(mail.attachments[0]).toMatchObject({ filename: 'terms.txt' })
    expect(mail.attachments[0]?.content.toString()).toBe('the terms')
  })

  it.each([
    ['outside of it', ['secret.txt']],
    ['outside of it by ..', ['public', '..', 'secret.txt']],
    ['a link that leads out of it', ['public', 'link.txt']],
    ['behind a folder that is a link out of it', ['public', 'up', 'secret.txt']],
    ['the root itself', ['public']],
    ['a file that is not there', ['public', 'nothing.txt']],
  ])('may not be a file %s', async (_, parts) => {
    await using bench = await startBench({ config: { allowFileRoots: [join(folder, 'public')] } })

    const error = await bench.fail({ attachments: [{ path: `${folder}/${parts.join('/')}` }] })

    expect(error).toMatchObject({ code: 'INVALID_MESSAGE', delivery: 'not_sent' })
    expect(error.issues?.[0]?.path).toBe('attachments.0.path')
    expect(error.message).not.toContain(folder)
    expect(bench.fake.connectionsMade).toBe(0)
  })

  it.each([
    'http://169.254.169.254/latest',
    'https://example.com/a',
    'data:text/plain,x',
    'file:///etc/hostname',
  ])('may not be a URL: %s', async (path) => {
    await using bench = await startBench({ config: { allowFileRoots: ['/'] } })

    const error = await bench.fail({ attachments: [{ path }] })

    expect(error).toMatchObject({ code: 'INVALID_MESSAGE' })
    expect(error.issues).toMatchObject([{ path: 'attachments.0.path' }])
  })

  it('may not be files at all where no root is allowed', async () => {
    await using bench = await startBench()

    const error = await bench.fail({ attachments: [{ path: join(folder, 'public', 'terms.txt') }] })

    expect(error.message).toContain('allowFileRoots')
  })

  it('fail the message where their stream fails, or was read before', async () => {
    await using bench = await startBench()
    const broken = new Readable({ read: () => void broken.destroy(new Error('disk gone')) })
    const used = Readable.from(['x'])
    await bench.receipt({ attachments: [{ filename: 'a', content: used }] })

    for (const content of [broken, used]) {
      expect(await bench.fail({ attachments: [{ filename: 'a', content }] })).toMatchObject({
        code: 'INVALID_MESSAGE',
        delivery: 'not_sent',
        issues: [{ path: 'attachments.0.content' }],
      })
    }
  })

  it('do not end the process where a stream fails before its turn', async () => {
    await using bench = await startBench()
    const broken = new Readable({ read: () => undefined })
    async function* slow() {
      broken.destroy(new Error('disk gone'))
      await new Promise((resolve) => broken.once('close', resolve))
      yield 'x'
    }

    const attachments = [slow(), broken].map((content, index) => ({ filename: `${index}`, content }))

    expect(await bench.fail({ attachments })).toMatchObject({
      code: 'INVALID_MESSAGE',
      issues: [{ path: 'attachments.1.content' }],
    })
  })
})
