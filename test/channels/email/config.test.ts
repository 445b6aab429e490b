/** A wrong configuration is refused whole when the driver is made, and a right one shows no secret. */
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { smtp, type SmtpConfigInput } from '../../../src/channels/email/index.ts'
import { NotifyError } from '../../../src/index.ts'
import { findSecrets } from '../../../src/testing/find-secrets.ts'

function failureOf(config: unknown): NotifyError {
  try {
    smtp(config as SmtpConfigInput)
  } catch (error) {
    if (NotifyError.isNotifyError(error)) return error
  }
  throw new Error('it was taken')
}

const host = 'smtp.example.com'

describe('a configuration is refused', () => {
  it('with every wrong field named at once, and no value shown', () => {
    const error = failureOf({
      port: 70_000,
      from: 'Shop <shop-owner@example.com>',
      proxy: 'socks5://me:hunter22222@10.0.0.1',
      pool: { maxConnections: 0 },
      tls: { minVersion: 'TLSv1' },
      retries: 3,
    })

    expect(error).toMatchObject({ code: 'INVALID_CONFIG', delivery: 'not_sent' })
    const paths = error.issues?.map(({ path }) => path)
    expect(paths).toEqual(
      expect.arrayContaining(['host', 'port', 'from', 'proxy', 'pool.maxConnections', 'tls.minVersion', '']),
    )
    expect(error.message).toContain('SOCKS is not supported')
    expect(findSecrets(error, ['shop-owner@example.com', 'hunter22222'])).toEqual([])
  })

  it.each([
    ['a host with a line break', { host: 'a\r\nb' }, 'host'],
    ['a host with a space', { host: 'a b' }, 'host'],
    ['an EHLO name with a line break', { host, name: 'a\r\nQUIT' }, 'name'],
    ['a proxy whose password has a bare "%"', { host, proxy: 'http://me:100%@10.0.0.1:3128' }, 'proxy'],
    [
      'a DKIM selector in another script',
      { host, dkim: { domain: 'a.org', selector: 'schlüssel', privateKey: 'k' } },
      'dkim.selector',
    ],
    [
      'a token endpoint without TLS',
      {
        host,
        auth: {
          type: 'oauth2',
          user: 'x',
          refreshToken: 'r',
          clientId: 'c',
          accessUrl: 'http://id.example.com/',
        },
      },
      'auth.accessUrl',
    ],
    ['a password without a user', { host, auth: { pass: 'x' } }, 'auth.user'],
    ['a user without a password', { host, auth: { user: 'x' } }, 'auth.pass'],
    ['OAuth2 without any token', { host, auth: { type: 'oauth2', user: 'x' } }, 'auth.accessToken'],
    [
      'OAuth2 with two ways to a token',
      { host, auth: { type: 'oauth2', user: 'x', accessToken: 'a', tokenProvider: () => 'b' } },
      'auth.accessToken',
    ],
    [
      'a refresh token without a client',
      { host, auth: { type: 'oauth2', user: 'x', refreshToken: 'r' } },
      'auth.clientId',
    ],
    [
      'a token with a line break',
      { host, auth: { type: 'oauth2', user: 'x', accessToken: 'a\r\nb' } },
      'auth.accessToken',
    ],
    [
      'a DKIM domain with a tag in it',
      { host, dkim: { domain: 'a;b', selector: 's', privateKey: 'k' } },
      'dkim.domain',
    ],
  ])('with %s', (_, config, path) => {
    expect(failureOf(config).issues?.map((issue) => issue.path)).toContain(path)
  })
})

describe('a driver', () => {
  it('shows none of its secrets when it is printed', () => {
    const driver = smtp({
      host,
      auth: { user: 'relay-user', pass: 'correct horse' },
      proxy: 'http://me:battery-staple@10.0.0.1:3128',
    })

    expect(findSecrets(driver, ['relay-user', 'correct horse', 'battery-staple'])).toEqual([])
    expect(inspect(driver, { depth: 9, showHidden: true })).not.toContain('correct horse')
  })

  it('makes no connection and loads no library until it is used', async () => {
    const driver = smtp({ host: 'no-such-host.invalid' })

    await driver.close()
    await driver.close()
  })
})
