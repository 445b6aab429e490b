/** Credentials and settings: read once, checked at once, never shown. */
import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { expect, it } from 'vitest'
import { apns, type ApnsConfigInput } from '../../../src/channels/apns/index.ts'
import { createNotify, NotifyError } from '../../../src/index.ts'
import { findSecrets } from '../../../src/testing/find-secrets.ts'
import { failures, newToken, startBench } from './bench.ts'

const fixture = (name: string) => new URL(`fixtures/${name}`, import.meta.url).pathname
const PEM = readFileSync(fixture('push.pem'), 'utf8')
const PASSPHRASE = 'p12-passphrase'

function pem(curve: string): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: curve })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

const KEY = pem('P-256')
const token = { type: 'token', key: KEY, keyId: 'ABCDE12345', teamId: 'TEAM123456' } as const
const base = { environment: 'sandbox', bundleId: 'com.example.app', auth: token } as const

function errorOf(config: unknown): NotifyError {
  try {
    apns(config as ApnsConfigInput)
  } catch (error) {
    if (NotifyError.isNotifyError(error)) return error
  }
  throw new Error('it was accepted')
}

function toFile(key: string) {
  const path = join(mkdtempSync(join(tmpdir(), 'apns-')), 'key.p8')
  writeFileSync(path, key)
  return { path }
}

it.each([
  ['text', (key: string) => key],
  ['text on one line', (key: string) => key.replaceAll('\n', '\\n')],
  ['bytes', (key: string) => Buffer.from(key)],
  ['a KeyObject', (key: string) => createPrivateKey(key)],
  ['a file', toFile],
])('sends with a token key given as %s', async (_, form) => {
  await using bench = await startBench()
  const auth = { ...bench.fake.credentials, key: form(bench.fake.credentials.key) }
  const notify = createNotify({
    retry: false,
    breaker: false,
    idempotency: false,
    channels: { apns: apns({ ...bench.fake.config, auth }) },
  })

  const result = await notify.send('apns', { to: newToken(), title: 'Parcel' })
  await notify.close()

  expect(failures([result])).toEqual([])
})

it.each([
  ['a .p12', { pfx: { path: fixture('modern.p12') }, passphrase: PASSPHRASE }],
  ['the bytes of a .p12', { pfx: readFileSync(fixture('modern.p12')), passphrase: PASSPHRASE }],
  [
    'certificate and encrypted key',
    { cert: PEM, key: { path: fixture('push.key') }, passphrase: PASSPHRASE },
  ],
  [
    'both in one file',
    {
      cert: PEM + readFileSync(fixture('push.key'), 'utf8'),
      passphrase: PASSPHRASE,
    },
  ],
])('sends with a certificate given as %s', async (_, certificate) => {
  const fake = { trustedCertificates: [PEM] }
  await using bench = await startBench({ fake, config: { auth: { type: 'certificate', ...certificate } } })

  const result = await bench.send()

  expect(failures([result])).toEqual([])
  expect(bench.fake.jwts).toEqual([])
})

it('opens many streams at once with a certificate', async () => {
  await using bench = await startBench()
  await using other = await startBench({
    fake: { trustedCertificates: [bench.fake.certificate.cert] },
    config: { auth: bench.fake.certificate },
  })
  other.fake.hold()

  const sending = other.burst(2)
  await other.fake.arrived(2)
  other.fake.release()

  expect(failures(await sending)).toEqual([])
})

it('says UNAUTHORIZED for a certificate that APNs does not know', async () => {
  await using stranger = await startBench()
  await using bench = await startBench({ config: { auth: stranger.fake.certificate } })

  const result = await bench.send()

  expect(failures([result])[0]).toMatchObject({ code: 'UNAUTHORIZED', delivery: 'not_sent' })
})

it('gives the line that converts a .p12 too old for OpenSSL 3', () => {
  const auth = { type: 'certificate', pfx: { path: fixture('legacy.p12') }, passphrase: PASSPHRASE }

  const error = errorOf({ ...base, auth })

  expect(error).toMatchObject({ code: 'INVALID_CONFIG', issues: [{ path: 'auth.pfx' }] })
  expect(error.message).toContain('openssl pkcs12 -legacy -in push.p12 -nodes -out push.pem')
})

it.each<[string, object, string]>([
  ['no environment', { environment: undefined }, 'environment'],
  ['an environment of another name', { environment: 'development' }, 'environment'],
  ['no bundle id', { bundleId: undefined }, 'bundleId'],
  ['a bundle id with a line break', { bundleId: 'com.example.app\n' }, 'bundleId'],
  ['a host that is a URL', { host: 'https://api.push.apple.com' }, 'host'],
  ['a host with a port', { host: 'api.push.apple.com:443' }, 'host'],
  ['a host with a space', { host: 'api push' }, 'host'],
  ['an address with a zone', { host: 'fe80::1%eth0' }, 'host'],
  ['an unknown setting', { transport: 'h2lite' }, ''],
  ['a key id of 9 characters', { auth: { ...token, keyId: 'ABCDE1234' } }, 'auth.keyId'],
  ['a key that is no PEM', { auth: { ...token, key: 'not a key at all' } }, 'auth.key'],
  ['a key on another curve', { auth: { ...token, key: pem('P-384') } }, 'auth.key'],
  ['a public key', { auth: { ...token, key: PEM } }, 'auth.key'],
  ['a key file that is not there', { auth: { ...token, key: { path: '/nowhere/key.p8' } } }, 'auth.key.path'],
  [
    'certificate and .p12 together',
    { auth: { type: 'certificate', cert: PEM, pfx: Buffer.of(1) } },
    'auth.cert',
  ],
  ['a certificate without its key', { auth: { type: 'certificate', cert: PEM } }, 'auth.key'],
  ['the key of another certificate', { auth: { type: 'certificate', cert: PEM, key: KEY } }, 'auth.key'],
  ['a certificate that is no PEM', { auth: { type: 'certificate', cert: 'no PEM', key: KEY } }, 'auth.cert'],
  ['bytes that are no .p12', { auth: { type: 'certificate', pfx: Buffer.from('junk') } }, 'auth.pfx'],
  [
    'a wrong passphrase',
    { auth: { type: 'certificate', pfx: { path: fixture('modern.p12') }, passphrase: 'guessed it' } },
    'auth.passphrase',
  ],
])('refuses %s, naming the field and not its value', (_, wrong, path) => {
  const error = errorOf({ ...base, ...wrong })

  expect(error).toMatchObject({ code: 'INVALID_CONFIG', delivery: 'not_sent' })
  expect(error.issues?.map((issue) => issue.path)).toContain(path)
  expect(findSecrets(error, [KEY, 'not a key at all', 'guessed it', PASSPHRASE])).toEqual([])
})

it('shows no credential when it is printed', () => {
  const driver = apns(base)

  expect(findSecrets(inspect(driver, { depth: 12, showHidden: true }), [KEY])).toEqual([])
})

it('names every wrong setting at once', () => {
  const error = errorOf({ auth: { ...token, keyId: 'x', teamId: 'y' }, port: 0 })

  const paths = error.issues?.map((issue) => issue.path)
  expect(paths).toEqual(
    expect.arrayContaining(['auth.keyId', 'auth.teamId', 'environment', 'bundleId', 'port']),
  )
})
