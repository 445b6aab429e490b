/** TLS is required and verified off loopback by default; asked for on loopback, it is held to the same. */
import { describe, expect, it } from 'vitest'
import { smtpConfig } from '../../../src/channels/email/config.ts'
import { startBench } from './bench.ts'
import { selfSigned } from './certificate.ts'

const certificate = selfSigned()
const users = { shop: 'secret-pass' }
const auth = { user: 'shop', pass: 'secret-pass' }

describe('STARTTLS', () => {
  it('is used, and the message comes over TLS', async () => {
    await using bench = await startBench({
      fake: { tls: certificate, users },
      config: { requireTLS: true, tls: { ca: certificate.cert }, auth },
    })

    await bench.receipt()

    expect(bench.fake.accepted[0]).toMatchObject({ isSecure: true, user: 'shop' })
    expect(bench.fake.commands.slice(0, 4)).toEqual(['EHLO', 'STARTTLS', 'EHLO', 'AUTH'])
  })

  it.each([
    ['nobody we trust has signed', selfSigned(), undefined, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['is for another host', selfSigned('mail.example.net'), 'itself', 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['has expired', selfSigned('localhost', -1), 'itself', 'CERT_HAS_EXPIRED'],
  ])('with a certificate that %s is refused, and no password is sent', async (_, tls, trusted, code) => {
    await using bench = await startBench({
      fake: { tls, users },
      config: { requireTLS: true, auth, ...(trusted && { tls: { ca: tls.cert } }) },
    })

    const error = await bench.fail()

    expect(error).toMatchObject({ code: 'UNAVAILABLE', delivery: 'not_sent', provider: { code } })
    expect(bench.fake.commands).toEqual(['EHLO', 'STARTTLS'])
  })

  it('that somebody on the way strips is missed, and no password is sent', async () => {
    await using bench = await startBench({ fake: { users }, config: { requireTLS: true, auth } })

    expect(await bench.fail()).toMatchObject({ code: 'UNAVAILABLE', delivery: 'not_sent' })
    expect(bench.fake.commands).not.toContain('AUTH')
  })

  it('that is out of order is UNAVAILABLE', async () => {
    await using bench = await startBench({ fake: { tls: certificate }, config: { requireTLS: true } })
    bench.fake.refuseNext({ command: 'STARTTLS', reply: '454 4.7.0 TLS not available' })

    expect(await bench.fail()).toMatchObject({
      code: 'UNAVAILABLE',
      delivery: 'not_sent',
      provider: { status: 454 },
    })
  })

  it('keeps the certainty: a reset after the final dot is unknown', async () => {
    await using bench = await startBench({
      fake: { tls: certificate },
      config: { requireTLS: true, tls: { ca: certificate.cert } },
    })
    void bench.fake.failNext('reset_accepted')

    expect(await bench.fail()).toMatchObject({ code: 'UNAVAILABLE', delivery: 'unknown' })
  })

  it('that is answered by 220 and then plain text ends the connection, whatever the text offers', async () => {
    await using bench = await startBench({
      fake: { tls: certificate },
      config: { requireTLS: true, tls: { ca: certificate.cert } },
    })
    bench.fake.refuseNext({ command: 'STARTTLS', reply: '220 Go ahead\r\n250-fake\r\n250 AUTH PLAIN' })

    expect(await bench.fail()).toMatchObject({ delivery: 'not_sent' })
    expect(bench.fake.accepted).toHaveLength(0)
  })
})

describe('TLS from the first byte', () => {
  it('works as well', async () => {
    await using bench = await startBench({
      fake: { tls: certificate, secure: true, users },
      config: { secure: true, tls: { ca: certificate.cert }, auth },
    })

    await bench.receipt()

    expect(bench.fake.accepted[0]).toMatchObject({ isSecure: true })
    expect(bench.fake.commands).not.toContain('STARTTLS')
  })

  it('with a server that has none is UNAVAILABLE, so that another server is tried', async () => {
    await using bench = await startBench({ config: { secure: true } })

    expect(await bench.fail()).toMatchObject({ code: 'UNAVAILABLE', delivery: 'not_sent' })
  })

  it('with a certificate nobody has signed is refused', async () => {
    await using bench = await startBench({
      fake: { tls: certificate, secure: true },
      config: { secure: true },
    })

    expect(await bench.fail()).toMatchObject({ code: 'UNAVAILABLE', delivery: 'not_sent' })
  })
})

describe('by default', () => {
  it.each(['localhost', '127.0.0.1', '127.1.2.3', '::1', '[::1]', 'LOCALHOST'])('%s is loopback', (host) => {
    expect(smtpConfig.parse({ host })).toMatchObject({ requireTLS: false, port: 587 })
  })

  it.each(['smtp.example.com', 'localhost.example.com', '10.0.0.1', '127.0.0.1.example.com', '128.0.0.1'])(
    '%s needs TLS 1.2 with a certificate that holds',
    (host) => {
      expect(smtpConfig.parse({ host })).toMatchObject({
        requireTLS: true,
        secure: false,
        port: 587,
        tls: { minVersion: 'TLSv1.2', rejectUnauthorized: true },
      })
      expect(smtpConfig.parse({ host, port: 465 })).toMatchObject({ secure: true })
      expect(smtpConfig.parse({ host, secure: true })).toMatchObject({ port: 465 })
    },
  )

  it('a server on loopback that offers STARTTLS with any certificate is used without it', async () => {
    await using bench = await startBench({ fake: { tls: certificate } })

    await bench.receipt()

    expect(bench.fake.commands).not.toContain('STARTTLS')
  })
})
