/** Tokens that were tampered with, or made for something else. What a forged header asks for is never done. */
import { createHmac, createSign, generateKeyPairSync } from 'node:crypto'
import { Centrifuge } from 'centrifuge'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { connectFakeDevice } from '../../../../src/channels/websocket/fake.ts'
import { KEY, startHub } from '../support/hub.ts'

const NOW = Date.UTC(2026, 10, 23) / 1_000
const OTHER_KEY = 'another-secret-of-thirty-two-bytes!!'
const settings = { jwt: { keys: [KEY], audience: 'push', issuer: 'login' } }
const good = { sub: '1001', exp: NOW + 60, aud: 'push', iss: 'login' }
const encode = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

interface Signing {
  readonly key?: string | Buffer
  readonly header?: unknown
  readonly hash?: string
}

function sign(claims: unknown, { key = KEY, header = { alg: 'HS256' }, hash = 'sha256' }: Signing = {}) {
  const signed = `${encode(header)}.${encode(claims)}`
  return `${signed}.${createHmac(hash, key).update(signed).digest('base64url')}`
}

const [head = '', body = '', signature = ''] = sign(good).split('.')
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 })

function signRs256(): string {
  const signed = `${encode({ alg: 'RS256' })}.${encode(good)}`
  return `${signed}.${createSign('RSA-SHA256').update(signed).sign(privateKey, 'base64url')}`
}

const own = { kty: 'oct', k: encode(OTHER_KEY), alg: 'HS256' }

describe('a token is refused for good, with 3500', () => {
  it.each<[string, string]>([
    ['RS256 by a key of its own', signRs256()],
    [
      'a public key as the secret, in DER',
      sign(good, { key: publicKey.export({ type: 'spki', format: 'der' }) }),
    ],
    ['a key that comes along in jwk', sign(good, { key: OTHER_KEY, header: { alg: 'HS256', jwk: own } })],
    [
      'a key to be fetched from jku',
      sign(good, { key: OTHER_KEY, header: { alg: 'HS256', jku: 'http://127.0.0.1:9/keys' } }),
    ],
    [
      'a key to be read from the path in kid',
      sign(good, { key: '', header: { alg: 'HS256', kid: '/dev/null' } }),
    ],
    ['an empty key', sign(good, { key: '' })],
    ['the algorithm in small letters', sign(good, { header: { alg: 'hs256' } })],
    ['the algorithm None', `${encode({ alg: 'None' })}.${body}.${signature}`],
    ['no algorithm', sign(good, { header: {} })],
    ['a list of algorithms', sign(good, { header: { alg: ['HS256', 'none'] } })],
    ['HS384, truly signed so', sign(good, { header: { alg: 'HS384' }, hash: 'sha384' })],
    ['no signature', `${head}.${body}.`],
    ['two parts', `${head}.${body}`],
    ['four parts', `${head}.${body}.${signature}.${signature}`],
    ['the signature of other claims', `${head}.${encode({ ...good, sub: '2002' })}.${signature}`],
    ['a signature with something after it', `${head}.${body}.${signature}AAAA`],
    ['a space before it', ` ${sign(good)}`],
    ['a scheme before it', `Bearer ${sign(good)}`],
    ['a line feed after it', `${sign(good)}\n`],
    ['the padding that base64url leaves out', `${sign(good)}=`],
    ['another user in two claims of one name', sign('{"sub":"1001"')],
    ['claims that are null', sign('null')],
    ['a list of claims', sign([good])],
    [
      'the user in the prototype',
      sign(`{"__proto__":{"sub":"1001"},"exp":${NOW + 60},"aud":"push","iss":"login"}`),
    ],
    ['the expiry that is infinite', sign(`{"sub":"1001","exp":1e999,"aud":"push","iss":"login"}`)],
    ['the expiry that is null', sign({ ...good, exp: null })],
    ['a beginning that is text', sign({ ...good, nbf: 'now' })],
    ['an audience among which we are not', sign({ ...good, aud: ['shop', 'mail'] })],
    ['an empty list of audiences', sign({ ...good, aud: [] })],
    ['the audience as part of a word', sign({ ...good, aud: 'push-staging' })],
    ['the issuer as a list', sign({ ...good, iss: ['login'] })],
    ['a user that is a channel of the server', sign({ ...good, sub: 'a b' })],
    ['a user of a thousand letters', sign({ ...good, sub: 'u'.repeat(1_000) })],
    ['everyone as a channel', sign({ ...good, channels: ['@all'] })],
    ['channels that are one word', sign({ ...good, channels: 'orders' })],
    ['a channel with a line feed', sign({ ...good, channels: ['a\nb'] })],
  ])('%s', async (_wrong, token) => {
    await using hub = await startHub(settings)

    await expect(connectFakeDevice(hub.url, { token })).rejects.toMatchObject({ code: 3500 })

    expect(hub.driver.connections).toBe(0)
  })
})

describe('a token is good', () => {
  it.each<[string, string]>([
    ['with claims of others beside ours', sign({ ...good, role: 'admin', jti: '7' })],
    ['with us among its audiences', sign({ ...good, aud: ['shop', 'push'] })],
    ['whatever its header names as key', sign(good, { header: { alg: 'HS256', kid: '7', jwk: own } })],
  ])('%s', async (_what, token) => {
    await using hub = await startHub(settings)

    const device = await hub.audience.join(hub.url, { token })

    expect(device.channels).toContain('#1001')
  })
})

it('tells the official client of an expired token, which asks for a new one and gives up on a forged one', async () => {
  await using hub = await startHub(settings)
  const tokens = [sign({ ...good, exp: NOW - 60 }), sign(good, { key: OTHER_KEY })]
  const client = new Centrifuge(hub.url, {
    getToken: () => Promise.resolve(tokens.shift() ?? ''),
    minReconnectDelay: 1,
    websocket: WebSocket,
  })
  const ended = new Promise<{ code: number }>((resolve) => client.once('disconnected', resolve))

  client.connect()

  expect(await ended).toMatchObject({ code: 3500 })
  expect(tokens).toEqual([])
  expect(hub.driver.connections).toBe(0)
})
