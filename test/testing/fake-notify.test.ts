import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { aliyun, tencent } from '../../src/channels/sms/index.ts'
import { smtp, type EmailReceipt } from '../../src/channels/email/index.ts'
import { createNotify, failover, Notifier, NotifyError, type Notify } from '../../src/index.ts'
import { FakeClock, fakeNotify } from '../../src/testing/index.ts'
import { MemoryNotifier } from '../support/memory-notifier.ts'
import { heapUsed } from '../support/heap-used.ts'

/** Nobody listens there: whoever asks it fails. */
const nowhere = { host: '127.0.0.1', port: 1 }
const from = 'shop@example.com'
const templates = { code: { code: 'SMS_1', params: ['code'], kind: 'verification' } } as const
const toAliyun = () =>
  aliyun({ accessKeyId: 'id', accessKeySecret: 'secret', signName: '示例商城', templates })

class Unrenderable extends Notifier<{ to: string }> {
  readonly provider = 'unrenderable'
  protected readonly schema = new MemoryNotifier()['schema'] as never
  override render(): Promise<never> {
    throw new Error('no template for ann@example.com')
  }
  protected deliver(): Promise<never> {
    throw new Error('the last step was not replaced')
  }
  protected toError(cause: unknown): NotifyError {
    return new NotifyError('CONTENT_REJECTED', (cause as Error).message)
  }
  protected override secrets(message?: { to: string }): string[] {
    return message ? [message.to] : []
  }
}

describe('fakeNotify', () => {
  it('stands in wherever the app takes a Notify, and sends nothing', async () => {
    const channels = { email: smtp({ ...nowhere, from }) }
    const welcome = (notify: Notify<typeof channels>) =>
      notify.send('email', { to: 'ann@example.com', subject: 'Hello', text: 'Welcome.' })
    await using notify = fakeNotify({ channels })

    const result = await welcome(notify)

    expect(result).toMatchObject({ status: 'sent', provider: 'smtp', receipt: { providerId: 'fake-1' } })
    expect(notify.sent('email')).toHaveLength(1)
  })

  it('shows what was written, what the driver made of it, and what would have gone out', async () => {
    await using notify = fakeNotify({ channels: { email: smtp({ ...nowhere, from }) } })

    const { id } = await notify.send(
      'email',
      { to: 'ann@Example.com', subject: 'Hello', text: 'Welcome.' },
      { idempotencyKey: 'welcome-ann' },
    )

    const [mail] = notify.sent('email')
    expect(mail).toMatchObject({
      ...{ id, channel: 'email', provider: 'smtp', attempt: 1, idempotencyKey: 'welcome-ann' },
      input: { to: 'ann@Example.com' },
      message: { to: [{ address: 'ann@example.com' }] },
    })
    expect(JSON.stringify(mail?.rendered)).toContain('Welcome.')
    expect(Math.abs(Date.now() - Number(mail?.at))).toBeLessThan(60_000)
  })

  it('keeps what the app wrote as it was, though the app writes its object anew', async () => {
    await using notify = fakeNotify({ channels: { memory: new MemoryNotifier() } })
    const message = { to: 'ann' }

    await notify.send('memory', message)
    message.to = 'bob'
    await notify.send('memory', message)

    expect(notify.sent().map(({ input }) => input)).toEqual([{ to: 'ann' }, { to: 'bob' }])
  })

  it('fails what production would refuse, naming the fields', async () => {
    await using notify = fakeNotify({ channels: { sms: toAliyun() } })

    const result = await notify.send('sms', { to: 'nobody', template: 'code', params: { code: '1' } })

    expect(result).toMatchObject({ status: 'failed', error: { code: 'INVALID_MESSAGE' } })
    expect(notify.sent()).toEqual([])
  })

  it('fails what cannot be rendered as the driver would, recipients cut out', async () => {
    await using notify = fakeNotify({ channels: { it: new Unrenderable() } })

    const result = await notify.send('it', { to: 'ann@example.com' })

    const error = { code: 'CONTENT_REJECTED', message: 'no template for [redacted]' }
    expect(result).toMatchObject({ status: 'failed', error })
    expect(notify.sent()).toEqual([])
  })

  it('throws in debug mode, as the real one does', async () => {
    await using notify = fakeNotify({ channels: { memory: new MemoryNotifier() }, debug: true })
    notify.failNext('memory', 'recipient')

    await expect(notify.send('memory', { to: 'ann' })).rejects.toThrow('The test told this channel to fail')
  })

  it('captures every message of sendMany', async () => {
    await using notify = fakeNotify({ channels: { memory: new MemoryNotifier() } })

    const statuses: string[] = []
    for await (const { status } of notify.sendMany('memory', [{ to: 'a' }, { to: '' }, { to: 'c' }]))
      statuses.push(status)

    expect(statuses.sort()).toEqual(['failed', 'sent', 'sent'])
    expect(notify.sent('memory').map(({ message }) => message.to)).toEqual(['a', 'c'])
  })

  it('keeps idempotency keys, guards and dead addresses as the real one does', async () => {
    const dead: unknown[] = []
    await using notify = fakeNotify({
      channels: { email: smtp({ ...nowhere, from }) },
      guard: { allow: ['*@example.com'], redirectTo: { email: 'dev@example.com' } },
      hooks: { onAddressInvalid: (address) => dead.push(address) },
    })
    const mail = { subject: 'Hi', text: 'Hi' }

    await notify.send('email', { ...mail, to: 'ann@example.com' }, { idempotencyKey: 'k' })
    const again = await notify.send('email', { ...mail, to: 'ann@example.com' }, { idempotencyKey: 'k' })
    await notify.send('email', { ...mail, to: 'real@customer.org' })
    notify.failNext('email', 'recipient')
    await notify.send('email', { ...mail, to: 'bob@example.com' })

    expect(again).toMatchObject({ duplicate: true })
    const recipients = notify.sent('email').map(({ message }) => message.to[0]?.address)
    expect(recipients).toEqual(['ann@example.com', 'dev@example.com'])
    expect(notify.sent('email')[1]?.input).toBeUndefined()
    expect(dead).toMatchObject([{ channel: 'email', address: 'bob@example.com', reason: 'invalid' }])
  })

  it('answers with the receipts that the app reads', async () => {
    const receipt = (at: string): EmailReceipt => {
      return { providerId: at, messageId: at, response: '250 Ok', recipients: [] }
    }
    await using notify = fakeNotify({
      channels: { email: smtp({ ...nowhere, from }) },
      receipts: { email: ({ id, message }) => receipt(`${id}/${message.subject}`) },
    })

    const result = await notify.send('email', { to: 'ann@example.com', subject: 'Hi', text: 'Hi' })

    expect(result).toMatchObject({ receipt: { response: '250 Ok', messageId: `${result.id}/Hi` } })
  })

  it('gives every message another receipt', async () => {
    await using notify = fakeNotify({ channels: { memory: new MemoryNotifier() } })
    const idOf = async (to: string) => {
      const result = await notify.send('memory', { to })
      return result.status === 'sent' && result.receipt.providerId
    }

    const inIsolation = notify.isolated(() => idOf('b'))

    expect(new Set([await idOf('a'), await inIsolation(), await inIsolation()]).size).toBe(3)
  })

  it('verifies without asking anybody', async () => {
    await using notify = fakeNotify({ channels: { email: smtp({ ...nowhere, from }), sms: toAliyun() } })

    const verified = await notify.verify()

    expect(verified).toMatchObject({ email: { status: 'ok', provider: 'smtp' }, sms: { status: 'ok' } })
  })

  it('closes the drivers it was given, once, and sends nothing afterwards', async () => {
    const memory = new MemoryNotifier()
    const notify = fakeNotify({ channels: { memory, again: memory } })
    await notify.isolated(() => notify.close())()
    expect(memory.closed).toEqual([])

    await notify.close()
    await notify.close()
    const result = await notify.send('memory', { to: 'ann' })
    const isolated = await notify.isolated(() => notify.send('memory', { to: 'ann' }))()

    expect(memory.closed).toHaveLength(1)
    expect(result).toMatchObject({ status: 'failed', error: { code: 'CLOSED' } })
    expect(isolated).toMatchObject({ status: 'failed', error: { code: 'CLOSED' } })
  })

  it('says of one driver on two channels on which of them it sent', async () => {
    const memory = new MemoryNotifier()
    await using notify = fakeNotify({ channels: { news: memory, alerts: memory } })

    await notify.send('alerts', { to: 'ann' })

    expect(notify.sent().map(({ channel }) => channel)).toEqual(['alerts'])
  })

  it('fakes every provider of a channel, and shows each message as its provider reads it', async () => {
    const second = tencent({
      ...{ secretId: 'id', secretKey: 'key', smsSdkAppId: '1400000000', signName: '示例商城' },
      templates: { code: { id: '1', params: ['code'] } },
    })
    await using notify = fakeNotify({ channels: { sms: failover(toAliyun(), second) } })
    notify.failNext('sms', 'provider')

    const result = await notify.send('sms', {
      ...{ to: '+8613800138000', template: 'code', params: { code: '123456' } },
    })

    expect(result).toMatchObject({ status: 'sent', provider: 'tencent' })
    expect(result.attempts.map(({ provider }) => provider)).toEqual(['aliyun', 'tencent'])
    expect(notify.sent('sms')).toMatchObject([{ provider: 'tencent', attempt: 2 }])
  })

  it('names wrong options and unknown channels as the real one does', () => {
    const options = { channels: { memory: {} }, retry: { tries: 0 }, colour: 'red' } as never

    expect(() => fakeNotify(options)).toThrow(/channels.memory.*retry.tries|colour.*retry.tries/)
    expect(() => fakeNotify(undefined as never)).toThrow('channels')
    expect(() => fakeNotify({ channels: null as never })).toThrow('channels')
    const notify = fakeNotify({ channels: { memory: new MemoryNotifier() } })
    expect(() => notify.sent('memroy' as never)).toThrow('No channel is named "memroy"; there are: memory')
    expect(() => notify.failNext('memroy' as never, 'recipient')).toThrow('No channel is named')
  })

  it('begins anew when it is cleared', async () => {
    await using notify = fakeNotify({ channels: { memory: new MemoryNotifier() } })
    notify.failWith('memory', 'credentials')
    await notify.send('memory', { to: 'ann' }, { idempotencyKey: 'k' })
    expect(notify.health().memory[0]?.state).toBe('open')

    notify.clear()
    const result = await notify.send('memory', { to: 'bob' }, { idempotencyKey: 'k' })

    expect(result).toMatchObject({ status: 'sent' })
    expect(notify.sent('memory').map(({ message }) => message.to)).toEqual(['bob'])
  })

  it('captures 10,000 messages sent at once', async () => {
    await using notify = fakeNotify({ channels: { memory: new MemoryNotifier() } })
    const names = Array.from({ length: 10_000 }, (_, index) => `person-${index}`)

    const results = await Promise.all(names.map((to) => notify.send('memory', { to })))

    expect(new Set(results.map(({ status }) => status))).toEqual(new Set(['sent']))
    expect(notify.sent('memory').map(({ input }) => input?.to)).toEqual(names)
  })

  it('forgets what was sent before it was cleared, and in tests that are over', async () => {
    const clock = new FakeClock()
    await using notify = fakeNotify({ channels: { memory: new MemoryNotifier() }, clock })
    const send = () => notify.send('memory', { to: 'ann', text: randomBytes(100_000).toString('hex') })
    const before = await heapUsed()

    for (let count = 0; count < 100; count += 1) {
      await send()
      notify.clear()
      await notify.isolated(send)()
    }
    // Timers of deliveries that have ended may still hold on to them.
    await clock.advance(60_000)

    expect((await heapUsed()) - before).toBeLessThan(10_000_000)
  })

  it('hands over every public method of Notify to the test that calls it', () => {
    const real = createNotify({ channels: {} })
    const methodsOf = (notify: object) => Object.getOwnPropertyNames(Object.getPrototypeOf(notify))

    expect(methodsOf(fakeNotify({ channels: {} }))).toEqual(expect.arrayContaining(methodsOf(real)))
  })
})
