import { expect, it } from 'vitest'
import { smtp } from '../../src/channels/email/index.ts'
import { aliyun, tencent } from '../../src/channels/sms/index.ts'
import { NotifyError } from '../../src/index.ts'
import { FakeClock, fakeNotify } from '../../src/testing/index.ts'

const channels = { email: smtp({ host: 'smtp.example.com', from: 'shop@example.com' }) }
const message = { to: 'ann@example.com', subject: 'Hello', text: 'Hello' }

it('delivers what is enqueued to the mailbox, whatever the outbox of the app is', async () => {
  await using notify = fakeNotify({ channels, outbox: 'file:/nowhere/to/be/found.db' })

  const { status, id } = await notify.enqueue('email', message)
  await expect.poll(() => notify.sent('email')).toHaveLength(1)

  expect(status).toBe('queued')
  await expect.poll(async () => (await notify.status(id))?.status).toBe('sent')
})

it('fails as it is told, and tries again by its clock', async () => {
  const clock = new FakeClock()
  await using notify = fakeNotify({ channels, clock, outbox: { engine: 'file:./notify.db' } })
  notify.failNext('email', 'provider')
  const { id } = await notify.enqueue('email', message)
  await expect.poll(async () => (await notify.status(id))?.status).toBe('scheduled')
  expect(notify.sent('email')).toEqual([])

  await clock.advance(5_000)

  await expect.poll(() => notify.sent('email')).toHaveLength(1)
})

it('keeps the outboxes of isolated tests apart', async () => {
  await using notify = fakeNotify({ channels, outbox: 'file:./notify.db' })

  const ids = await Promise.all(
    [1, 2].map(
      notify.isolated(async () => {
        const { id } = await notify.enqueue('email', message)
        await expect.poll(() => notify.sent('email')).toHaveLength(1)
        return id
      }),
    ),
  )

  expect(new Set(ids).size).toBe(2)
  expect(await notify.status(ids[0] ?? '')).toBeUndefined()
})

it('names what is wrong with the outbox as production does', () => {
  expect(() => fakeNotify({ channels, outbox: 5 as never })).toThrow(/outbox: expected a file/)
})

it.each([
  ['asks and sends again, as Aliyun has no such message', 'sms', 'sent', 1],
  ['holds, as Tencent Cloud cannot be asked', 'otherSms', 'unknown', 0],
  ['sends again, as the Message-ID stays the same', 'email', 'sent', 1],
] as const)('after an attempt of unknown outcome %s', async (_, channel, end, count) => {
  const clock = new FakeClock()
  const keys = { signName: 'Shop', templates: { login: { code: 'SMS_1', params: ['code'] } } }
  const sms = aliyun({ ...keys, accessKeyId: 'id', accessKeySecret: 'secret' })
  const templates = { login: { id: '1', params: ['code'] } }
  const otherSms = tencent({
    ...keys,
    templates,
    secretId: 'id',
    secretKey: 'secret',
    smsSdkAppId: '1400006666',
  })
  const { email } = channels
  await using notify = fakeNotify({ channels: { sms, otherSms, email }, clock, outbox: 'file:./notify.db' })
  notify.failNext(channel, 'network')
  const text = { to: '13912345678', template: 'login', params: { code: '1234' } }

  const { id } = await notify.enqueue(channel, channel === 'email' ? message : text)
  await expect
    .poll(async () => {
      await clock.advance(1_000)
      return (await notify.status(id))?.status
    })
    .toBe(end)

  expect(notify.sent(channel)).toHaveLength(count)
})

it('finds in the mailbox what was sent and whose receipt was lost', async () => {
  const clock = new FakeClock()
  const sms = aliyun({ accessKeyId: 'id', accessKeySecret: 'secret', signName: 'Shop' })
  let asked = 0
  const receipts = {
    sms: () => {
      asked += 1
      if (asked === 1) throw new NotifyError('TIMED_OUT', 'lost', { delivery: 'unknown' })
      return { providerId: 'found', outId: 'found' }
    },
  }
  await using notify = fakeNotify({ channels: { sms }, clock, receipts, outbox: 'file:./notify.db' })

  const { id } = await notify.enqueue('sms', {
    to: '13912345678',
    template: 'SMS_1',
    params: { code: '1234' },
  })
  await expect
    .poll(async () => {
      await clock.advance(1_000)
      return (await notify.status(id))?.status
    })
    .toBe('sent')

  expect(notify.sent('sms')).toHaveLength(1)
  expect(await notify.status(id)).toMatchObject({ receipt: { providerId: 'found' } })
})
