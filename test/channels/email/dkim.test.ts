/** The signature holds for what arrived, checked by RFC 6376 with node:crypto alone. */
import { createHash, createPrivateKey, createPublicKey, createVerify, generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { smtp } from '../../../src/channels/email/index.ts'
import { headerOf, lastRaw, startBench, type BenchOptions } from './bench.ts'
import { FROM } from './bench.ts'

const rsa = (bits: number) => generateKeyPairSync('rsa', { modulusLength: bits })
const { publicKey, privateKey } = rsa(2048)
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const dkim = { domain: 'example.com', selector: 's1', privateKey: pem }
const listUnsubscribe = { url: 'https://example.com/u?id=1&t=a%20b', mailto: 'leave@example.com' }

const relaxed = (value: string) =>
  value
    .replace(/\r\n/g, '')
    .replace(/[ \t]+/g, ' ')
    .trim()

/** The tags of a signature and whether it holds (relaxed/relaxed). */
function verify(raw: string, signature: string, key = publicKey) {
  const [head = '', ...rest] = raw.split('\r\n\r\n')
  const tags = new Map(
    signature.split(';').map((tag) => {
      const [name = '', ...value] = tag.split('=')
      return [name.trim(), value.join('=').replace(/\s/g, '')] as const
    }),
  )
  const body = rest
    .join('\r\n\r\n')
    .split('\r\n')
    .map((line) => line.replace(/[ \t]+/g, ' ').replace(/ $/, ''))
    .join('\r\n')
    .replace(/(\r\n)*$/, '\r\n')
  const fields = head.split(/\r\n(?![ \t])/).map((line) => {
    const at = line.indexOf(':')
    return { name: line.slice(0, at).trim().toLowerCase(), value: relaxed(line.slice(at + 1)) }
  })
  const names = (tags.get('h') ?? '').toLowerCase().split(':')
  const signed = names.map((name) => {
    const at = fields.findLastIndex((field) => field.name === name)
    return at < 0 ? '' : `${name}:${fields.splice(at, 1)[0]?.value}\r\n`
  })
  const own = `dkim-signature:${relaxed(signature.replace(/(;\s*b=)[^;]*$/, '$1'))}`
  const isBodySame = createHash('sha256').update(body, 'latin1').digest('base64') === tags.get('bh')
  const verifier = createVerify('RSA-SHA256').update(signed.join('') + own, 'latin1')
  return { tags, names, isValid: isBodySame && verifier.verify(key, tags.get('b') ?? '', 'base64') }
}

const signaturesOf = (raw: string) =>
  [...raw.split('\r\n\r\n')[0]!.matchAll(/^DKIM-Signature:((?:.*\r\n[ \t])*.*)$/gim)].map(
    ([, value]) => value!,
  )

async function sendSigned(options: BenchOptions, input: object) {
  await using bench = await startBench(options)
  await bench.receipt(input)
  return lastRaw(bench.fake)
}

describe('a DKIM signature', () => {
  it.each([
    ['text', { text: 'Hello' }],
    ['trailing empty lines, dots and tabs', { text: '.a\t b \n\n.\n\n\n' }],
    [
      'html, other scripts and an attachment',
      { html: '<p>你好</p>', attachments: [{ filename: 'ü.bin', content: Buffer.alloc(9000, 13) }] },
    ],
    [
      'a message inside, with lone line feeds',
      { attachments: [{ filename: 'm.eml', content: 'From: a@b.c\n\nx\ry\n' }] },
    ],
  ])('holds for %s', async (_, input) => {
    const raw = await sendSigned({ config: { dkim } }, { ...input, subject: `Grüße  ${'long '.repeat(30)}` })
    const [signature = ''] = signaturesOf(raw)

    const { isValid, tags, names } = verify(raw, signature)

    expect(isValid).toBe(true)
    expect([tags.get('d'), tags.get('s'), tags.get('a')]).toEqual(['example.com', 's1', 'rsa-sha256'])
    expect(names).toEqual(
      expect.arrayContaining(['from', 'to', 'subject', 'date', 'message-id', 'mime-version']),
    )
    expect(verify(raw.replace('Subject:', 'Subject: x'), signature).isValid).toBe(false)
    expect(verify(raw, signature, rsa(1024).publicKey).isValid).toBe(false)
  })

  it('covers List-Unsubscribe and List-Unsubscribe-Post, as one-click needs', async () => {
    const raw = await sendSigned({ config: { dkim } }, { listUnsubscribe })
    const [signature = ''] = signaturesOf(raw)

    const { isValid, names } = verify(raw, signature)

    expect(isValid).toBe(true)
    expect(names).toEqual(expect.arrayContaining(['list-unsubscribe', 'list-unsubscribe-post']))
    expect(headerOf(raw, 'List-Unsubscribe')).toBe(
      '<https://example.com/u?id=1&t=a%20b>, <mailto:leave@example.com>',
    )
    expect(headerOf(raw, 'List-Unsubscribe-Post')).toBe('List-Unsubscribe=One-Click')
  })

  it('is made once per key, and takes a KeyObject', async () => {
    const other = rsa(1024)
    const keys = [
      { ...dkim, privateKey: createPrivateKey(pem) },
      { ...dkim, selector: 's2', privateKey: other.privateKey },
    ]
    const raw = await sendSigned({ config: { dkim: keys } }, {})

    const signatures = signaturesOf(raw)

    expect(signatures).toHaveLength(2)
    const held = signatures.map((signature) => {
      const selector = /\bs=(\w+)/.exec(signature)?.[1]
      return verify(
        raw,
        signature,
        createPublicKey(
          selector === 's2'
            ? other.publicKey.export({ type: 'spki', format: 'pem' })
            : publicKey.export({ type: 'spki', format: 'pem' }),
        ),
      ).isValid
    })
    expect(held).toEqual([true, true])
  })
})

describe('one-click unsubscribe', () => {
  it('is refused where nobody signs', async () => {
    await using bench = await startBench()

    expect(await bench.fail({ listUnsubscribe })).toMatchObject({
      code: 'INVALID_MESSAGE',
      issues: [{ path: 'listUnsubscribe' }],
    })
  })

  it('is allowed where the relay signs', async () => {
    const raw = await sendSigned(
      { config: { relaySigns: true } },
      { listUnsubscribe: { url: `https://example.com/${'a'.repeat(850)}` } },
    )

    expect(headerOf(raw, 'List-Unsubscribe')).toBe(`<https://example.com/${'a'.repeat(850)}>`)
  })
})

describe('a key is refused when the driver is made', () => {
  it.each([
    ['that is no key', 'not a key'],
    ['that is too short', rsa(512).privateKey],
    ['that is not RSA', generateKeyPairSync('ed25519').privateKey],
    ['that is public', publicKey],
  ])('%s', (_, key) => {
    expect(() => smtp({ host: 'smtp.example.com', from: FROM, dkim: { ...dkim, privateKey: key } })).toThrow(
      /dkim\.privateKey: expected an RSA private key/,
    )
  })
})
