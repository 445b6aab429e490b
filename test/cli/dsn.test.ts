import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { startFakeApns } from '../../src/channels/apns/fake.ts'
import { startFakeSmtp } from '../../src/channels/email/fake.ts'
import { startFakeAliyun, startFakeTencent } from '../../src/channels/sms/fake.ts'
import { startFakeCentrifugo } from '../../src/channels/websocket/fake.ts'
import { startFakeWechat } from '../../src/channels/wechat/fake.ts'
import { driverOf } from '../../src/cli/dsn/expression.ts'
import { SCHEMES } from '../../src/cli/dsn/schemes.ts'
import { run, tempFolder } from './support.ts'

const encoded = encodeURIComponent
const MAIL = ['--to', 'ann@example.com', '--subject', 'Receipt', '--text', 'Paid.']

describe('a DSN in the environment', () => {
  it('sends e-mail with a login whose password is full of special characters', async () => {
    const pass = 'p@ss:w/rd?#% &|=+é'
    await using smtp = await startFakeSmtp({ users: { 'shop@example.com': pass } })
    const dsn = `smtp://${encoded('shop@example.com')}:${encoded(pass)}@127.0.0.1:${smtp.port}?from=shop@example.com`

    const ran = await run(['send', 'email', ...MAIL], { env: { NOTIWIRE_EMAIL: dsn } })

    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(ran.stdout).toMatch(/^sent: email by smtp, /)
    expect(smtp.accepted).toMatchObject([{ to: ['ann@example.com'], user: 'shop@example.com' }])
  })

  it('sends a text message through Aliyun', async () => {
    await using aliyun = await startFakeAliyun()
    const { accessKeyId, accessKeySecret } = aliyun.credentials
    const options = `sign=${encoded('阿里云短信测试')}&endpoint=${aliyun.endpoint}`
    const env = { NOTIWIRE_SMS: `aliyun://${accessKeyId}:${accessKeySecret}@default?${options}` }

    const ran = await run(
      ['send', 'sms', '--to', '13800138000', '--template', 'SMS_154950909', '--param', 'code=123456'],
      { env },
    )

    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(aliyun.accepted).toHaveLength(1)
  })

  it('sends a text message through Tencent, at the host that the DSN names', async () => {
    await using tencent = await startFakeTencent()
    const { secretId, secretKey, smsSdkAppId } = tencent.credentials
    const host = tencent.endpoint.replace('http://', '')
    const dsn = `tencent://${secretId}:${secretKey}@${host}?app=${smsSdkAppId}&sign=${encoded('腾讯云')}&templates=code:449739:code,minutes`
    const message = [
      '--to',
      '13800138000',
      '--template',
      'code',
      '--param',
      'code=123456',
      '--param',
      'minutes=5',
    ]

    const ran = await run(['send', 'sms', ...message], { env: { NOTIWIRE_SMS: dsn } })

    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(tencent.accepted).toHaveLength(1)
  })

  it.each(['miniProgram', 'officialAccount'] as const)('sends to WeChat as %s', async (kind) => {
    await using wechat = await startFakeWechat()
    const { config, openid, template } = wechat[kind]
    const scheme = kind === 'miniProgram' ? 'wechat-mini-program' : 'wechat-official-account'
    const dsn = `${scheme}://${config.appId}:${config.appSecret}@default?endpoint=${config.endpoint}`
    const values = ['--param', 'thing1=Parcel', '--param', 'time2=2026-11-27 10:00']

    const ran = await run(['send', 'wechat', '--to', openid, '--template', template, ...values], {
      env: { NOTIWIRE_WECHAT: dsn },
    })

    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(wechat.accepted).toHaveLength(1)
  })

  it('sends an Apple push with the key in a file', async () => {
    using folder = tempFolder()
    await using apple = await startFakeApns()
    const { credentials, port, bundleId } = apple
    writeFileSync(join(folder.path, 'AuthKey.p8'), credentials.key)
    folder.write('ca.pem', apple.ca)
    const login = `${credentials.keyId}:${credentials.teamId}`
    const dsn = `apns://${login}@127.0.0.1:${port}?key=AuthKey.p8&ca=ca.pem&bundleId=${bundleId}&environment=sandbox`

    const ran = await run(['send', 'apns', `{"to":"${'ab'.repeat(32)}","body":"Hi"}`, '--set', 'badge:=3'], {
      env: { NOTIWIRE_APNS: dsn },
      cwd: folder.path,
    })

    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(apple.accepted).toHaveLength(1)
  })

  it('publishes to a Centrifugo server', async () => {
    await using server = await startFakeCentrifugo()
    const { endpoint, apiKey } = server.config
    const env = { NOTIWIRE_WEBSOCKET: `centrifugo://:${apiKey}@${endpoint.replace('http://', '')}` }

    const ran = await run(['send', 'websocket', '--set', 'to.user=7', '--set', 'title=Hi'], { env })

    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(server.accepted).toHaveLength(1)
  })

  it('is a channel of any name', async () => {
    await using smtp = await startFakeSmtp()
    const env = { NOTIWIRE_ORDER_MAIL: `smtp://127.0.0.1:${smtp.port}?from=shop@example.com` }

    expect(await run(['send', 'order_mail', ...MAIL], { env })).toMatchObject({ code: 0 })
  })
})

describe('several DSNs', () => {
  it('fail over to the second where the first is away', async () => {
    await using smtp = await startFakeSmtp()
    const from = 'from=shop@example.com'
    const env = { NOTIWIRE_EMAIL: `smtp://127.0.0.1:1?${from} || smtp://127.0.0.1:${smtp.port}?${from}` }

    const ran = await run(['send', 'email', ...MAIL, '--json'], { env })

    expect(ran.json).toMatchObject([{ status: 'sent', attempts: 2 }])
  })

  it('bind && tighter than ||', async () => {
    const smtp = 'smtp://127.0.0.1:25'
    const { driver } = await driverOf(`${smtp} && ${smtp} || ${smtp}`, '/')

    expect(driver?.provider).toBe('failover(roundRobin(smtp, smtp), smtp)')
  })

  it('tell of which one the fault is', async () => {
    const { faults } = await driverOf('smtp://127.0.0.1 || smtp://host:99999', '/')

    expect(faults).toEqual(['DSN 2: expected a port from 1 to 65535'])
  })
})

describe('a wrong DSN', () => {
  it.each([
    ['smtp://user:se@kret@host', '"@" is written %40 in a user name or password'],
    ['smtp://user:se#kret@host', '"#" is written %23 in a user name or password'],
    ['smtp://user:se/kret@host', '"/" is written %2F in a user name or password'],
    ['smtp://user:12/34@host', '"/" is written %2F in a user name or password'],
    ['smtp://user:12#34@host', '"#" is written %23 in a DSN'],
    ['smtp://user:se?kret@host', '"?" is written %3F in a user name or password'],
    ['smtp://user:se%kret@host', '"%" is written %25 in a user name or password'],
    ['smtp://user:se kret@host', 'a space is written %20 in a DSN'],
    ['smtp://user:se||kret@host', 'inside a password "|" is written %7C'],
    ['smtp://user:sekret@', 'expected a host name or address after the login'],
    ['smtp://user@host', 'expected both a user name and a password, or neither'],
    ['smtp://host/path', 'expected no path after the host'],
    ['smpt://host', 'the schemes are smtp://, smtps://, aliyun://'],
    ['host', 'expected a DSN such as smtp://user:password@host'],
    ['smtp://host?form=a@b.c', 'the options are from, name, requireTLS'],
    ['smtp://host?form=a@b.c', 'did you mean from?'],
    ['smtp://host?requireTLS=maybe', 'the option requireTLS: expected true or false'],
    ['smtp://host?ca=/nowhere.pem', 'the option ca: the file cannot be read (ENOENT)'],
    ['aliyun://id@default', 'expected an accessKeyId and an accessKeySecret'],
    ['tencent://id:key@default', 'smsSdkAppId'],
    ['wechat-mini-program://id:sekret@default', 'appId: expected wx and 16 hex digits'],
    ['centrifugo://key@host', 'expected an apiKey alone'],
    ['centrifugo://:key@push.example.com', 'set allowHttp'],
    ['apns://ABC123DEFG:DEF123GHIJ@default?bundleId=x&key=/nowhere', 'auth.key'],
  ])('%s is told: %s', async (dsn, told) => {
    const ran = await run(['send', 'email', ...MAIL], { env: { NOTIWIRE_EMAIL: dsn } })

    expect(ran.code).toBe(2)
    expect(ran.stderr).toContain('NOTIWIRE_EMAIL')
    expect(ran.stderr).toContain(told)
    expect(ran.stderr).not.toContain('kret')
  })

  it('is told together with all others', async () => {
    const env = { NOTIWIRE_EMAIL: 'smtp://u:a b%@host:0?x=1', NOTIWIRE_SMS: 'aliyun://default' }

    const ran = await run(['send', 'email', ...MAIL, '--json'], { env })

    const { error } = JSON.parse(ran.stderr) as { error: { code: string; issues: { path: string }[] } }
    expect(error.code).toBe('INVALID_CONFIG')
    expect(error.issues.map(({ path }) => path)).toEqual([
      ...Array.from({ length: 4 }, () => 'NOTIWIRE_EMAIL'),
      'NOTIWIRE_SMS',
    ])
  })
})

describe('whatever stands in a DSN', () => {
  const scheme = fc.constantFrom(...Object.keys(SCHEMES), 'unknown')
  const secret = fc.string({ minLength: 4, maxLength: 24, unit: 'grapheme' }).map((text) => `Zq9${text}Zq9`)

  it('never throws and never tells the secret', async () => {
    await fc.assert(
      fc.asyncProperty(scheme, secret, fc.string(), async (name, password, rest) => {
        const { faults } = await driverOf(`${name}://user:${password}@default${rest}`, '/nowhere')

        for (const fault of faults) expect(fault).not.toContain('Zq9')
      }),
      { numRuns: 500 },
    )
  })

  it('takes any password that is percent-encoded', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 1, unit: 'grapheme' }), async (password) => {
        const { driver, faults } = await driverOf(`smtp://user:${encoded(password)}@smtp.example.com`, '/')

        expect(faults).toEqual([])
        expect(driver?.provider).toBe('smtp')
      }),
      { numRuns: 300 },
    )
  })
})
