import { expect, it } from 'vitest'
import type { SmtpConfigInput } from '../../../src/channels/email/config.ts'
import { SmtpDriver } from '../../../src/channels/email/driver.ts'
import { startFakeSmtp, type FakeSmtp, type FakeSmtpOptions } from '../../../src/channels/email/fake.ts'
import { selfSigned } from '../../channels/email/certificate.ts'
import { examineOne, finding, statuses } from './support.ts'

const PASSWORD = 'correct-horse-7'
const right = { user: 'ann', pass: PASSWORD }
const tls = selfSigned()

const start = (options: FakeSmtpOptions = {}) => startFakeSmtp({ users: { ann: PASSWORD }, tls, ...options })

function driverFor({ port }: FakeSmtp, config: Partial<SmtpConfigInput> = {}): SmtpDriver {
  const defaults = { host: '127.0.0.1', port, requireTLS: true, tls: { ca: tls.cert }, auth: right }
  return new SmtpDriver({ ...defaults, ...config })
}

it('finds nothing wrong with a server that is reached by STARTTLS, and sends nothing', async () => {
  await using fake = await start()

  const found = await examineOne(driverFor(fake))

  expect(statuses(found)).toEqual({
    ...{ configuration: 'ok', package: 'ok', dns: 'ok', tcp: 'ok', starttls: 'ok', tls: 'ok' },
    credentials: 'ok',
  })
  expect(found.findings.filter(({ fix }) => fix !== undefined)).toEqual([])
  expect(finding(found, 'tls')?.message).toMatch(
    /^TLSv1\.3, certificate for localhost, 127\.0\.0\.1 valid until \d{4}-/,
  )
  expect(fake.accepted).toEqual([])
  expect(fake.commands).not.toContain('MAIL')
})

it('finds nothing wrong with TLS from the first byte', async () => {
  await using fake = await start({ secure: true })

  const found = await examineOne(driverFor(fake, { secure: true }))

  expect(statuses(found)).toMatchObject({ tls: 'ok', credentials: 'ok' })
  expect(fake.accepted).toEqual([])
})

it('finds a wrong password, and does not show it', async () => {
  await using fake = await start()

  const found = await examineOne(driverFor(fake, { auth: { user: 'ann', pass: 'wrong-horse-8' } }))

  expect(finding(found, 'credentials')).toMatchObject({
    status: 'failed',
    code: 'UNAUTHORIZED',
    providerCode: '535 5.7.8',
    fix: 'Correct auth.user and auth.pass: many providers want an app password or an API key instead of the password of the account',
  })
  expect(JSON.stringify(found)).not.toMatch(/horse/)
  expect(fake.accepted).toEqual([])
})

it.each([false, true])(
  'finds a certificate for another name, with TLS from the first byte: %s',
  async (secure) => {
    const other = selfSigned('mail.elsewhere.test')
    await using fake = await start({ tls: other, secure })

    const found = await examineOne(driverFor(fake, { tls: { ca: other.cert }, secure }))

    expect(finding(found, 'tls')).toEqual({
      name: 'tls',
      status: 'failed',
      message: 'the certificate is for mail.elsewhere.test, not for 127.0.0.1',
      fix: 'Use a host (or tls.servername) that the certificate names, or have one issued for 127.0.0.1',
      code: 'UNAVAILABLE',
      providerCode: 'ERR_TLS_CERT_ALTNAME_INVALID',
    })
    expect(finding(found, 'credentials')).toMatchObject({ status: 'skipped' })
  },
)

it('takes the name that the configuration expects', async () => {
  const other = selfSigned('mail.elsewhere.test')
  await using fake = await start({ tls: other })

  const found = await examineOne(
    driverFor(fake, { tls: { ca: other.cert, servername: 'mail.elsewhere.test' } }),
  )

  expect(statuses(found)).toMatchObject({ tls: 'ok', credentials: 'ok' })
})

it('finds a server without STARTTLS', async () => {
  await using plain = await startFakeSmtp({ users: { ann: PASSWORD } })

  const found = await examineOne(driverFor(plain))

  expect(finding(found, 'starttls')).toMatchObject({
    status: 'failed',
    message: `127.0.0.1:${plain.port} does not offer STARTTLS`,
    fix: 'Turn TLS on at the server, or use port 465 with secure: true; without it a password would travel in the clear',
    code: 'UNAVAILABLE',
  })
  expect(finding(found, 'credentials')).toMatchObject({ status: 'skipped' })
})

it('finds a port without TLS where TLS should come from the first byte', async () => {
  await using fake = await start()

  const found = await examineOne(driverFor(fake, { secure: true }), { timeoutMs: 2000 })

  expect(finding(found, 'tls')).toMatchObject({
    status: 'failed',
    code: 'UNAVAILABLE',
    fix: 'Set secure: false for a port with STARTTLS (587), or use port 465',
  })
})

it.each([
  [-1, 'failed', /expired on \d{4}-\d\d-\d\d$/, /^Have the server's certificate renewed/, 'CERT_HAS_EXPIRED'],
  [10, 'warning', /, 9 days left$/, /^Have the server's certificate renewed before \d{4}-/, undefined],
  [15, 'ok', /valid until/, undefined, undefined],
])('judges a certificate that ends in %i days as %s', async (days, status, message, fix, providerCode) => {
  const ending = selfSigned('localhost', days)
  await using fake = await start({ tls: ending })

  const found = finding(await examineOne(driverFor(fake, { tls: { ca: ending.cert } })), 'tls')

  expect(found).toMatchObject({ status, message: expect.stringMatching(message) as string })
  expect(found?.providerCode).toBe(providerCode)
  if (fix) expect(found?.fix).toMatch(fix)
})

it('finds a certificate of an authority that is not trusted', async () => {
  await using fake = await start()

  const found = await examineOne(driverFor(fake, { tls: {} }))

  expect(finding(found, 'tls')).toMatchObject({
    status: 'failed',
    providerCode: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    fix: 'Give the CA that issued it as ca (SMTP: tls.ca), or have the server send its whole chain',
  })
})

it('warns of a certificate that nobody verifies', async () => {
  await using fake = await start()

  const found = await examineOne(driverFor(fake, { tls: { rejectUnauthorized: false } }))

  expect(finding(found, 'tls')).toMatchObject({
    status: 'warning',
    fix: 'Set tls.rejectUnauthorized back to true, and give the issuing CA as tls.ca where it is your own',
  })
  expect(finding(found, 'credentials')?.status).toBe('ok')
})

it('finds a port on which nobody listens, and a host that does not exist', async () => {
  const fake = await start()
  const closed = driverFor(fake)
  await fake.close()

  expect(finding(await examineOne(closed), 'tcp')).toMatchObject({
    status: 'failed',
    providerCode: 'ECONNREFUSED',
    fix: `Nothing listens on port ${fake.port}: correct the port, or start the server`,
  })
  const nowhere = await examineOne(driverFor(fake, { host: 'nowhere.invalid' }))
  expect(finding(nowhere, 'dns')).toMatchObject({ status: 'failed', code: 'UNAVAILABLE' })
  expect(finding(nowhere, 'dns')?.fix).toMatch(/nowhere\.invalid|DNS servers/)
  expect(statuses(nowhere)).toMatchObject({ tcp: 'skipped', credentials: 'skipped' })
})

it('gives up a server that says nothing', async () => {
  await using fake = await startFakeSmtp({ tls, secure: true })

  const found = await examineOne(driverFor(fake), { timeoutMs: 300 })

  expect(finding(found, 'starttls')).toMatchObject({ status: 'failed', providerCode: 'ETIMEDOUT' })
  expect(finding(found, 'starttls')?.fix).toContain('set secure: true (port 465)')
})
