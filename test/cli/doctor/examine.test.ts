import { expect, it } from 'vitest'
import { SmtpDriver } from '../../../src/channels/email/driver.ts'
import { startFakeSmtp } from '../../../src/channels/email/fake.ts'
import { AliyunDriver } from '../../../src/channels/sms/aliyun-driver.ts'
import { startFakeAliyun } from '../../../src/channels/sms/aliyun-fake.ts'
import { TencentDriver } from '../../../src/channels/sms/tencent-driver.ts'
import { startFakeTencent } from '../../../src/channels/sms/tencent-fake.ts'
import { judgeClock } from '../../../src/cli/doctor/clock-check.ts'
import { examine } from '../../../src/cli/doctor/examine.ts'
import { systemClock } from '../../../src/core/clock.ts'
import { Notifier } from '../../../src/core/notifier.ts'
import { failover, roundRobin } from '../../../src/core/strategies.ts'
import { FakeMail } from './fake-mail.ts'
import { clockOff, examineOne, finding, MINUTE_MS } from './support.ts'

const limits = { clock: systemClock, timeoutMs: 5000 }

it('examines several drivers of one channel one by one', async () => {
  await using aliyun = await startFakeAliyun()
  await using tencent = await startFakeTencent()
  const first = new AliyunDriver({ ...aliyun.credentials, endpoint: aliyun.endpoint, accessKeySecret: 'x' })
  const second = new TencentDriver({ ...tencent.credentials, endpoint: tencent.endpoint })
  const sms = failover(first, roundRobin(second, first))

  const found = await examine({ sms }, limits)

  expect(found.map(({ channel, provider }) => [channel, provider])).toEqual([
    ['sms', 'aliyun'],
    ['sms', 'tencent'],
  ])
  expect(found.map((one) => finding(one, 'credentials')?.status)).toEqual(['failed', 'ok'])
  expect([...aliyun.accepted, ...tencent.accepted]).toEqual([])
  await sms.close()
})

it('examines the channels that are named, and no others', async () => {
  await using fake = await startFakeSmtp()
  const email = new SmtpDriver({ host: '127.0.0.1', port: fake.port })
  const other = new SmtpDriver({ host: '127.0.0.1', port: fake.port })

  const found = await examine({ email, other }, { ...limits, channels: ['other'] })

  expect(found.map(({ channel }) => channel)).toEqual(['other'])
  await Promise.all([email.close(), other.close()])
})

it('says which channels there are when one is not', async () => {
  const email = new SmtpDriver({ host: '127.0.0.1' })

  await expect(examine({ email }, { ...limits, channels: ['sms'] })).rejects.toMatchObject({
    code: 'UNKNOWN_CHANNEL',
    message: 'No channel is called "sms"; there are: email',
  })
})

it('asks a driver of the user’s own what it can', async () => {
  const mute = await examineOne(new FakeMail())
  expect(mute.findings.map(({ name, status }) => [name, status])).toEqual([
    ['configuration', 'ok'],
    ['credentials', 'skipped'],
  ])
  expect(finding(mute, 'credentials')?.message).toBe('the driver has no way to ask without sending')
})

it('gives up a driver that never answers', async () => {
  class Stuck extends FakeMail {
    protected override check(): Promise<void> {
      return new Promise(() => undefined)
    }
  }
  expect(Notifier.isNotifier(new Stuck())).toBe(true)

  expect(finding(await examineOne(new Stuck(), { timeoutMs: 50 }), 'credentials')).toMatchObject({
    status: 'failed',
    code: 'TIMED_OUT',
    fix: 'Check firewall and proxy, or give it more time with --timeout',
  })
})

it.each([
  ['tencent', undefined, undefined, 'skipped'],
  ['tencent', undefined, 'AuthFailure.SignatureExpire', 'failed'],
  ['aliyun', undefined, 'InvalidTimeStamp.Expired', 'failed'],
  ['apns', undefined, 'ExpiredProviderToken', 'skipped'],
  ['apns', 10 * MINUTE_MS, 'ExpiredProviderToken', 'failed'],
  ['apns', 10 * MINUTE_MS, undefined, 'warning'],
  ['apns', -61 * MINUTE_MS, undefined, 'failed'],
  ['centrifugo', 600 * MINUTE_MS, undefined, 'warning'],
  ['tencent', 59_000, undefined, 'ok'],
])('judges the clock of %s, off by %j ms and refused with %j, as %s', (provider, skewMs, refusal, status) => {
  const found = judgeClock({ provider, skewMs, refusal })

  expect(found.status).toBe(status)
  expect(found.fix !== undefined).toBe(status === 'failed' || status === 'warning')
})

it('judges the clock by another provider where one does not tell the time, as APNs', async () => {
  await using fake = await startFakeAliyun({ clock: clockOff(-10 * MINUTE_MS) })
  const sms = new AliyunDriver({ ...fake.credentials, endpoint: fake.endpoint })
  await using mail = await startFakeSmtp()
  const silent = new (class extends FakeMail {
    override endpoints() {
      return [{ protocol: 'http', host: '127.0.0.1', port: mail.port, tls: 'none' }] as const
    }
  })()

  const [, found] = await examine({ sms, silent }, { ...limits, timeoutMs: 500 })

  expect(found && finding(found, 'clock')?.message).toBe("this machine's clock is 10 minutes fast")
  await sms.close()
})
