import { generateKeyPairSync } from 'node:crypto'
import { expect, it } from 'vitest'
import type { ApnsConfigInput } from '../../../src/channels/apns/config.ts'
import { ApnsDriver } from '../../../src/channels/apns/driver.ts'
import { startFakeApns, type FakeApns } from '../../../src/channels/apns/fake.ts'
import { selfSigned } from '../../channels/email/certificate.ts'
import { clockOff, examineOne, finding, MINUTE_MS, statuses } from './support.ts'

function driverFor(fake: FakeApns, config: Partial<ApnsConfigInput> = {}, offMs = 0): ApnsDriver {
  return new ApnsDriver({ ...fake.config, ...config }, { clock: clockOff(offMs) })
}

const REVOKED =
  'Check that key, keyId and teamId belong together, and that the key was not revoked (Apple Developer > Keys)'

it('finds nothing wrong with a key, and sends nothing', async () => {
  await using fake = await startFakeApns()

  const found = await examineOne(driverFor(fake))

  expect(statuses(found)).toEqual({
    ...{ configuration: 'ok', dns: 'ok', tcp: 'ok', tls: 'ok', clock: 'ok', credentials: 'ok', topic: 'ok' },
  })
  expect(fake.accepted).toEqual([])
})

it('finds nothing wrong with a certificate, and tells until when it is valid', async () => {
  await using fake = await startFakeApns()

  const found = await examineOne(driverFor(fake, { auth: fake.certificate }))

  expect(finding(found, 'client-certificate')).toEqual({
    ...{ name: 'client-certificate', status: 'ok', message: 'our certificate is valid until 2049-12-31' },
  })
  expect(statuses(found)).toMatchObject({ tls: 'ok', credentials: 'ok', topic: 'ok' })
  expect(fake.accepted).toEqual([])
})

it('finds a key that was revoked', async () => {
  await using fake = await startFakeApns()
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })

  const found = await examineOne(driverFor(fake, { auth: { ...fake.credentials, key: privateKey } }))

  expect(finding(found, 'credentials')).toMatchObject({
    ...{ status: 'failed', code: 'UNAUTHORIZED', providerCode: 'InvalidProviderToken', fix: REVOKED },
  })
  expect(finding(found, 'clock')?.status).toBe('ok')
  expect(fake.accepted).toEqual([])
})

it('finds a key whose tokens Apple calls expired though the clock is right', async () => {
  await using fake = await startFakeApns()
  // The first is for the question what time it is.
  fake.refuseNext('ExpiredProviderToken', { times: 2 })

  const found = await examineOne(driverFor(fake))

  expect(finding(found, 'credentials')).toMatchObject({
    ...{ status: 'failed', code: 'UNAUTHORIZED', providerCode: 'ExpiredProviderToken' },
    fix: 'Make a new key if this one was revoked (Apple Developer > Keys); if not, compare the clock of this machine',
  })
})

it.each([
  [-1, 'failed', /^our certificate expired on \d{4}-\d\d-\d\d$/],
  [5, 'warning', /, 4 days left$/],
])('judges a certificate of ours that ends in %i days as %s', async (days, status, message) => {
  const own = selfSigned('Apple Push Services: com.example.app', days)
  await using fake = await startFakeApns({ trustedCertificates: [own.cert] })

  const found = await examineOne(driverFor(fake, { auth: { type: 'certificate', ...own } }))

  expect(finding(found, 'client-certificate')).toMatchObject({
    status,
    message: expect.stringMatching(message) as string,
    fix: 'Make a new certificate (Apple Developer > Certificates), or change to a .p8 key, which does not expire',
  })
  expect(fake.accepted).toEqual([])
})

it('finds a certificate that APNs does not know', async () => {
  await using fake = await startFakeApns()
  // The first is for the question what time it is.
  fake.refuseNext('BadCertificate', { times: 2 })

  const found = await examineOne(driverFor(fake, { auth: fake.certificate }))

  expect(finding(found, 'credentials')).toMatchObject({
    status: 'failed',
    providerCode: 'BadCertificate',
    fix: 'Make a new push certificate for the app (Apple Developer > Certificates), or use a .p8 key',
  })
})

it('finds a wrong topic, and does not blame the key', async () => {
  await using fake = await startFakeApns()

  const found = await examineOne(driverFor(fake, { bundleId: 'com.example.other' }))

  expect(finding(found, 'topic')).toMatchObject({
    ...{ status: 'failed', code: 'UNAUTHORIZED', providerCode: 'TopicDisallowed' },
    fix: 'Set bundleId to the id of an app that the key or certificate is for (Xcode > Signing > Bundle Identifier)',
  })
  expect(finding(found, 'credentials')?.status).toBe('ok')
  expect(fake.accepted).toEqual([])
})

it('finds a certificate of the server that is for another name', async () => {
  await using fake = await startFakeApns()

  const found = await examineOne(driverFor(fake, { host: '127.0.0.2' }))

  // Nobody listens there on some systems.
  const tls = finding(found, 'tls') ?? finding(found, 'tcp')
  expect(tls).toMatchObject({ status: 'failed', code: 'UNAVAILABLE' })
  expect(tls?.fix).toMatch(/one issued for 127\.0\.0\.2|Nothing listens/)
})

it('finds a clock that is 10 minutes fast, which Apple calls a wrong token', async () => {
  await using fake = await startFakeApns()
  const offMs = 10 * MINUTE_MS

  const found = await examineOne(driverFor(fake, {}, offMs), { clock: clockOff(offMs) })

  expect(finding(found, 'clock')).toMatchObject({
    ...{ status: 'failed', code: 'UNAUTHORIZED', providerCode: 'InvalidProviderToken' },
    message: "this machine's clock is 10 minutes fast",
    fix: expect.stringMatching(/^Set this machine's clock/) as string,
  })
  expect(finding(found, 'credentials')?.fix).toMatch(/^Set this machine's clock/)
})

it('finds a clock that is 10 minutes slow, which Apple bears', async () => {
  await using fake = await startFakeApns()
  const offMs = -10 * MINUTE_MS

  const found = await examineOne(driverFor(fake, {}, offMs), { clock: clockOff(offMs) })

  expect(statuses(found)).toMatchObject({ clock: 'warning', credentials: 'ok' })
})

it('finds a clock that is 2 hours slow', async () => {
  await using fake = await startFakeApns()
  const offMs = -120 * MINUTE_MS

  const found = await examineOne(driverFor(fake, {}, offMs), { clock: clockOff(offMs) })

  expect(finding(found, 'clock')).toMatchObject({
    ...{ status: 'failed', providerCode: 'ExpiredProviderToken' },
    message: "this machine's clock is 2 hours slow",
  })
})
