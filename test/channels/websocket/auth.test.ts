import { createHmac, createSign, generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { connectFakeDevice, ConnectionRefused } from '../../../src/channels/websocket/fake.ts'
import {
  websocket,
  type Credentials,
  type DisconnectionEvent,
  type TokenRequest,
} from '../../../src/channels/websocket/index.ts'
import { KEY, startHub } from './support/hub.ts'

const NOW = Date.UTC(2026, 10, 23) / 1_000
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

interface Signing {
  readonly key?: string
  readonly header?: object
}

function sign(claims: object, { key = KEY, header = { alg: 'HS256' } }: Signing = {}): string {
  const signed = `${encode(header)}.${encode(claims)}`
  return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`
}

const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 })
const publicPem = rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString()
const good = { sub: '1001', exp: NOW + 60 }

function signRs256(): string {
  const signed = `${encode({ alg: 'RS256' })}.${encode(good)}`
  return `${signed}.${createSign('RSA-SHA256').update(signed).sign(rsa.privateKey, 'base64url')}`
}

const strict = { jwt: { keys: [KEY], audience: 'push', issuer: 'login' } }
const forUs = { ...good, aud: 'push', iss: 'login' }

describe('a connection without a good token is closed for good with 3500', () => {
  it.each<[string, string | undefined]>([
    ['no token', undefined],
    ['an empty token', ''],
    ['a word', 'token'],
    ['three words', 'a.b.c'],
    ['another key', sign(forUs, { key: 'another-secret-of-thirty-two-bytes' })],
    ['the algorithm none', `${encode({ alg: 'none' })}.${encode(forUs)}.`],
    ['the algorithm none, signed', sign(forUs, { header: { alg: 'none' } })],
    ['another HMAC than the header says', sign(forUs, { header: { alg: 'HS512' } })],
    ['an asymmetric algorithm', signRs256()],
    ['a public key taken for a secret', sign(forUs, { key: publicPem })],
    ['a critical extension', sign(forUs, { header: { alg: 'HS256', crit: ['b64'], b64: false } })],
    ['a header that is no object', `${encode('HS256')}.${encode(forUs)}.AAAA`],
    ['claims that are no object', sign([])],
    ['no user', sign({ ...forUs, sub: undefined })],
    ['an empty user', sign({ ...forUs, sub: '' })],
    ['a user of two words', sign({ ...forUs, sub: 'a b' })],
    ['a user that is a number', sign({ ...forUs, sub: 1001 })],
    ['no expiry', sign({ ...forUs, exp: undefined })],
    ['an expiry that is text', sign({ ...forUs, exp: '2099-01-01' })],
    ['a beginning in the future', sign({ ...forUs, nbf: NOW + 60 })],
    ['another audience', sign({ ...forUs, aud: 'shop' })],
    ['no audience', sign({ ...forUs, aud: undefined })],
    ['another issuer', sign({ ...forUs, iss: 'mallory' })],
    ['a channel of somebody else', sign({ ...forUs, channels: ['#2002'] })],
    ['more than 4 KiB', sign({ ...forUs, pad: 'x'.repeat(4_096) })],
    ['a byte changed', sign(forUs).replace(/.$/, (last) => (last === 'A' ? 'E' : 'A'))],
    ['a signature cut short', sign(forUs).slice(0, -5)],
  ])('%s', async (_wrong, token) => {
    await using hub = await startHub(strict)

    const connecting = connectFakeDevice(hub.url, token === undefined ? {} : { token })

    await expect(connecting).rejects.toBeInstanceOf(ConnectionRefused)
    await expect(connecting).rejects.toMatchObject({ code: 3500 })
    expect(hub.driver.connections).toBe(0)
  })

  it('a token of 100 KB is refused on its frame’s head, with 1009', async () => {
    await using hub = await startHub(strict)
    const connecting = connectFakeDevice(hub.url, { token: 'x'.repeat(100_000) })

    await expect(connecting).rejects.toMatchObject({ code: 1009 })
  })
})

describe('a good token', () => {
  it.each<[string, string]>([
    ['of our audience and issuer', sign(forUs)],
    ['of several audiences', sign({ ...forUs, aud: ['shop', 'push'] })],
    ['that expired within the leeway of 5 s', sign({ ...forUs, exp: NOW - 4 })],
    ['that begins within the leeway of 5 s', sign({ ...forUs, nbf: NOW + 4 })],
    ['with claims we do not know', sign({ ...forUs, jti: 'x', info: { name: 'Ada' } })],
  ])('%s connects', async (_which, token) => {
    await using hub = await startHub(strict)

    await hub.audience.join(hub.url, { token })

    expect(hub.driver.connectionsOf('1001')).toBe(1)
  })

  it('may be signed with any of the keys, so that keys can be rotated', async () => {
    const old = 'the-old-secret-of-thirty-two-bytes!!'
    await using hub = await startHub({ jwt: { keys: [KEY, Buffer.from(old)] } })

    await hub.audience.join(hub.url, { token: sign(good, { key: old }) })
    await hub.audience.join(hub.url, { token: sign(good, { key: KEY }) })

    expect(hub.driver.connectionsOf('1001')).toBe(2)
  })

  it('that has expired gets error 109 and may be followed by a new one', async () => {
    await using hub = await startHub()
    const connecting = connectFakeDevice(hub.url, { token: sign({ ...good, exp: NOW - 6 }) })

    await expect(connecting).rejects.toMatchObject({ name: 'CommandRefused', code: 109 })
  })

  it('that expires while connected ends the connection 25 s later, not for good', async () => {
    const left: DisconnectionEvent[] = []
    await using hub = await startHub({ pingMs: 3_600_000, onDisconnect: (event) => left.push(event) })
    const device = await hub.audience.join(hub.url, { token: sign({ ...good, exp: NOW + 60 }) })

    await hub.clock.advance(84_000)
    expect(hub.driver.connections).toBe(1)
    await hub.clock.advance(1_250)

    expect(await device.closed).toEqual({ code: 3005, reason: 'connection expired' })
    await expect.poll(() => left).toMatchObject([{ code: 3005 }])
  })

  it('is issued by the driver, with the audience and issuer it asks for', async () => {
    await using hub = await startHub(strict)
    const token = hub.driver.issueToken({ user: '1001', channels: ['orders'], ttlMs: 60_000 })

    const device = await hub.audience.join(hub.url, { token })

    expect(device.channels).toContain('orders')
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as object
    expect(claims).toEqual({
      sub: '1001',
      iat: NOW,
      exp: NOW + 60,
      aud: 'push',
      iss: 'login',
      channels: ['orders'],
      jti: expect.stringMatching(/^[\da-f-]{36}$/) as string,
    })
  })
})

describe('issueToken', () => {
  const driver = websocket({ jwt: { keys: [KEY] } })

  it.each<[string, TokenRequest, string]>([
    ['a user that could not connect', { user: 'a b' }, 'user'],
    ['a channel of the server’s own', { user: '1001', channels: ['#2002'] }, 'channels.0'],
    [
      'more channels than a token holds',
      { user: '1001', channels: Array<string>(500).fill('topic') },
      '4096',
    ],
  ])('refuses %s', (_which, request, text) => {
    expect(() => driver.issueToken(request)).toThrow(text)
  })
})

describe('the authenticate hook', () => {
  it('sees token, data, headers and address, and says who connects', async () => {
    const seen: Credentials[] = []
    await using hub = await startHub({
      authenticate: (credentials) => {
        seen.push(credentials)
        return { user: '1001', channels: ['orders'] }
      },
    })

    const device = await hub.audience.join(hub.url, {
      token: 'opaque',
      data: { device: 'phone' },
      headers: { 'x-app': '7' },
    })

    expect(seen).toMatchObject([
      { token: 'opaque', data: { device: 'phone' }, headers: { 'x-app': '7' }, ip: '127.0.0.1' },
    ])
    expect(device.channels).toEqual(['#1001', '@all', 'orders'])
  })

  it('refuses with null', async () => {
    await using hub = await startHub({ authenticate: () => Promise.resolve(null) })

    await expect(connectFakeDevice(hub.url)).rejects.toMatchObject({ code: 3500 })
  })

  it('says 109 to whom it calls expired', async () => {
    await using hub = await startHub({ authenticate: () => ({ user: '1001', expiresAt: 1 }) })

    await expect(connectFakeDevice(hub.url)).rejects.toMatchObject({ code: 109 })
  })

  it.each<[string, () => never]>([
    [
      'throws',
      () => {
        throw new Error('database down')
      },
    ],
    ['rejects', () => Promise.reject(new Error('database down')) as never],
    ['answers nonsense', () => ({ id: 7 }) as never],
  ])('that %s ends that connection alone with 3004, and onError is told', async (_how, fail) => {
    const errors: unknown[] = []
    let isBroken = false
    await using hub = await startHub({
      authenticate: () => (isBroken ? fail() : { user: '1001' }),
      onError: (error) => errors.push(error),
    })
    await hub.audience.join(hub.url)
    isBroken = true

    await expect(connectFakeDevice(hub.url)).rejects.toMatchObject({ code: 3004 })

    expect(errors).toHaveLength(1)
    expect(hub.driver.connections).toBe(1)
  })

  it('that never answers is cut short with 3502', async () => {
    await using hub = await startHub({ authenticate: () => new Promise(() => undefined) })
    const refused = expect(connectFakeDevice(hub.url)).rejects.toMatchObject({ code: 3502 })
    // One timer waits as soon as the connection is there.
    await expect.poll(() => hub.clock.pending).toBe(1)

    await hub.clock.advance(10_000)

    await refused
  })

  it('that answers after the client has gone admits nobody', async () => {
    const came: unknown[] = []
    let answer: (identity: { user: string }) => void = () => undefined
    await using hub = await startHub({
      authenticate: () => new Promise((resolve) => (answer = resolve)),
      onConnect: (event) => came.push(event),
    })
    const refused = expect(connectFakeDevice(hub.url)).rejects.toMatchObject({ code: 3502 })
    await expect.poll(() => hub.clock.pending).toBe(1)
    await hub.clock.advance(10_000)
    await refused

    answer({ user: '1001' })
    await hub.clock.advance(250)

    expect(came).toEqual([])
    expect(hub.driver.connections).toBe(0)
  })
})
