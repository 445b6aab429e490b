import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ApnsDriver } from '../../src/channels/apns/driver.ts'
import { selfSigned } from '../../src/channels/apns/fake-certificate.ts'
import { SmtpDriver } from '../../src/channels/email/driver.ts'
import { AliyunDriver } from '../../src/channels/sms/aliyun-driver.ts'
import { TencentDriver } from '../../src/channels/sms/tencent-driver.ts'
import { CentrifugoDriver } from '../../src/channels/websocket/centrifugo/driver.ts'
import { miniProgram } from '../../src/channels/wechat/mini-program.ts'

const wechat = { appId: `wx${'0'.repeat(16)}`, appSecret: 'S'.repeat(32) }
const login = { user: 'ann', pass: 'pass-word-1' }

it.each([
  [{ host: 'mx.test' }, { port: 587, tls: 'starttls' }],
  [
    { host: 'mx.test', port: 465 },
    { port: 465, tls: 'implicit' },
  ],
  [
    { host: 'mx.test', requireTLS: false },
    { port: 587, tls: 'if_offered' },
  ],
  [
    { host: '[::1]', port: 25 },
    { host: '::1', port: 25, tls: 'none' },
  ],
  [
    { host: 'mx.test', proxy: 'http://u:secret-1@proxy.test:3128' },
    { proxy: { host: 'proxy.test', port: 3128 } },
  ],
  [
    { host: 'mx.test', tls: { servername: 'mail.test', rejectUnauthorized: false } },
    { servername: 'mail.test', isVerified: false },
  ],
])('tells the way of %j to its SMTP server', (config, way) => {
  const [endpoint] = new SmtpDriver({ ...config, auth: login }).endpoints()

  expect(endpoint).toMatchObject({ protocol: 'mail', ...way })
  expect(JSON.stringify(endpoint)).not.toMatch(/pass-word-1|secret-1/)
})

it('tells the way to APIs', () => {
  const drivers = [
    new AliyunDriver({ accessKeyId: 'id', accessKeySecret: 'secret' }),
    new TencentDriver({ secretId: 'i', secretKey: 'k', smsSdkAppId: '1', endpoint: 'http://127.0.0.1:81' }),
    miniProgram({ ...wechat, proxy: 'http://proxy.test', ca: 'PEM' }),
    new CentrifugoDriver({ endpoint: 'https://push.test:8000/below', apiKey: 'k' }),
  ]

  expect(drivers.flatMap((driver) => driver.endpoints())).toEqual([
    { protocol: 'https', host: 'dysmsapi.aliyuncs.com', port: 443, tls: 'implicit' },
    { protocol: 'http', host: '127.0.0.1', port: 81, tls: 'none' },
    {
      ...{ protocol: 'https', host: 'api.weixin.qq.com', port: 443, tls: 'implicit' },
      ...{ ca: 'PEM', proxy: { host: 'proxy.test', port: 80 } },
    },
    { protocol: 'https', host: 'push.test', port: 8000, tls: 'implicit' },
  ])
})

it('tells the certificate that APNs is shown, of PEM and of .p12, and never its key', () => {
  const { cert, key } = selfSigned('push')
  const fixture = join(import.meta.dirname, 'apns', 'fixtures', 'modern.p12')
  const passphrase = 'p12-passphrase'
  const common = { environment: 'production', bundleId: 'com.example.app' } as const
  const of = (auth: { cert: string; key: string } | { pfx: Buffer; passphrase: string }) =>
    new ApnsDriver({ ...common, auth: { type: 'certificate', ...auth } }).endpoints()[0]

  expect(of({ cert: `${key}${cert}`, key })).toMatchObject({
    ...{ protocol: 'h2', host: 'api.push.apple.com', port: 443, tls: 'implicit' },
    clientCertificate: cert,
  })
  expect(of({ pfx: readFileSync(fixture), passphrase })?.clientCertificate).toMatch(
    /^-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----\n$/,
  )
})
