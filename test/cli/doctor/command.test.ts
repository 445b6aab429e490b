import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import { SmtpDriver } from '../../../src/channels/email/driver.ts'
import { startFakeSmtp } from '../../../src/channels/email/fake.ts'
import { AliyunDriver } from '../../../src/channels/sms/aliyun-driver.ts'
import { startFakeAliyun } from '../../../src/channels/sms/aliyun-fake.ts'
import { doctorCommand, type LoadChannels } from '../../../src/cli/doctor/command.ts'
import { Attempt } from '../../../src/core/delivery.ts'
import { NotifyError } from '../../../src/core/errors.ts'

const PASSWORD = 'correct-horse-7'

/** Runs the command as a program would. */
async function run(load: LoadChannels, ...args: string[]) {
  const stdout = new PassThrough()
  const stderr = new PassThrough()
  const codes: number[] = []
  const io = { stdout, stderr, setExitCode: (code: number) => void codes.push(code) }
  await doctorCommand(load, io).parseAsync(args, { from: 'user' })
  const read = (stream: PassThrough) => String((stream.read() as Buffer | null) ?? '')
  return { codes, out: read(stdout), err: read(stderr) }
}

const mail = (port: number, pass = PASSWORD) =>
  new SmtpDriver({ host: '127.0.0.1', port, auth: { user: 'ann', pass } })

it('prints a table and answers 0 when all is well', async () => {
  await using fake = await startFakeSmtp({ users: { ann: PASSWORD } })

  const { codes, out, err } = await run(() => Promise.resolve({ channels: { email: mail(fake.port) } }))

  expect(codes).toEqual([0])
  expect(err).toBe('')
  expect(out.replaceAll(String(fake.port), 'PORT').replace(/nodemailer [\d.]+/, 'nodemailer VERSION')).toBe(
    [
      'email (smtp)',
      '  ✓ configuration  read and complete',
      '  ✓ package        nodemailer VERSION',
      '  ✓ dns            127.0.0.1 is an address',
      '  ✓ tcp            127.0.0.1:PORT accepts connections',
      '  - tls            plain on loopback, or as the configuration allows',
      '  ✓ credentials    the server took the connection and the login',
      '',
      '5 ok, 0 warnings, 0 failed, 1 skipped. Nothing was sent.',
      '',
    ].join('\n'),
  )
  expect(fake.accepted).toEqual([])
})

it('prints what is wrong with its remedy and answers 1, the password nowhere', async () => {
  await using fake = await startFakeSmtp({ users: { ann: PASSWORD } })
  const load = () => Promise.resolve({ channels: { email: mail(fake.port, 'wrong-horse-8') } })

  const { codes, out } = await run(load)

  expect(codes).toEqual([1])
  expect(out).toMatch(
    /✗ credentials {4}The server refused the login: .*\n +→ Correct auth\.user and auth\.pass/,
  )
  expect(out).not.toContain('horse')
})

it('closes the channels, so that the program ends', async () => {
  await using fake = await startFakeSmtp({ users: { ann: PASSWORD } })
  const email = mail(fake.port)

  await run(() => Promise.resolve({ channels: { email } }))

  await expect(email.verify(new Attempt({ id: 'after' }))).rejects.toMatchObject({ code: 'CLOSED' })
})

it('prints one JSON object', async () => {
  await using fake = await startFakeSmtp({ users: { ann: PASSWORD } })

  const { codes, out } = await run(
    () => Promise.resolve({ channels: { email: mail(fake.port, 'wrong-horse-8') } }),
    '--json',
    'email',
  )

  expect(codes).toEqual([1])
  const report = JSON.parse(out) as { channels: { findings: { name: string }[] }[] }
  expect(report).toMatchObject({ ok: false, channels: [{ channel: 'email', provider: 'smtp' }] })
  expect(report.channels[0]?.findings.find(({ name }) => name === 'credentials')).toMatchObject({
    status: 'failed',
    code: 'UNAUTHORIZED',
    providerCode: '535 5.7.8',
    message: expect.any(String) as string,
    fix: expect.any(String) as string,
  })
})

it.each([
  [['nobody'], 'UNKNOWN_CHANNEL: No channel is called "nobody"; there are: email'],
  [['--timeout', 'soon'], 'INVALID_CONFIG: --timeout: expected milliseconds from 1 to 2147483647'],
])('answers 2 to %j, and says why', async (args, message) => {
  const { codes, out, err } = await run(() => Promise.resolve({ channels: { email: mail(25) } }), ...args)

  expect({ codes, out, err }).toEqual({ codes: [2], out: '', err: `✗ ${message}\n` })
})

it('answers 2 where the configuration cannot be read, in JSON as well', async () => {
  const broken = () => Promise.reject(new NotifyError('INVALID_CONFIG', 'auth.key: expected a PEM'))

  expect(await run(broken)).toEqual({
    ...{ codes: [2], out: '', err: '✗ INVALID_CONFIG: auth.key: expected a PEM\n' },
  })
  const { codes, out } = await run(broken, '--json')
  expect(codes).toEqual([2])
  expect(JSON.parse(out)).toEqual({
    ...{ ok: false, error: { code: 'INVALID_CONFIG', message: 'auth.key: expected a PEM' } },
  })
})

it('looks for the templates that are named', async () => {
  await using fake = await startFakeAliyun()
  const sms = new AliyunDriver({ ...fake.credentials, endpoint: fake.endpoint })

  const { codes, out } = await run(
    () => Promise.resolve({ channels: { sms } }),
    ...['--template', 'SMS_123', '--template', 'SMS_154950909'],
  )

  expect(codes).toEqual([1])
  expect(out).toContain('✗ templates      the account has no template SMS_123')
  expect(out).toContain('✓ templates      SMS_154950909 is approved')
})
