import { describe, expect, it } from 'vitest'
import { createNotify, failover, NotifyError, type FailureCode } from '../../src/index.ts'
import { FAILURES } from '../../src/core/failures.ts'
import { away, Carrier, failing, Telemetry } from './telemetry.ts'

const CALL_BOUNDARIES = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
const OPERATION = { 'messaging.system': 'notiwire', 'messaging.destination.name': 'email' }
const ATTEMPT = { ...OPERATION, 'messaging.operation.name': 'attempt', 'messaging.operation.type': 'send' }
const SEND = { ...OPERATION, 'messaging.operation.name': 'send' }
const BY_SMTP = { 'notiwire.provider': 'smtp' }

/** Takes so long for each message. */
function slow(telemetry: Telemetry, ms: number): Carrier {
  return new Carrier('smtp', async (_, { id }) => {
    await new Promise<void>((resolve) => void telemetry.clock.setTimeout(resolve, ms))
    return { providerId: id }
  })
}

describe('the metrics', () => {
  it('measure every call to a provider as the messaging conventions want it', async () => {
    const telemetry = new Telemetry()
    const notify = createNotify({ channels: { email: slow(telemetry, 250) }, ...telemetry.watched })

    const sending = notify.send('email', { to: 'a' })
    await telemetry.clock.advance(250)
    await sending

    expect(await telemetry.series('messaging.client.operation.duration')).toEqual([
      {
        metric: 'messaging.client.operation.duration',
        unit: 's',
        attributes: { ...ATTEMPT, ...BY_SMTP },
        value: 0.25,
        count: 1,
        boundaries: CALL_BOUNDARIES,
      },
    ])
  })

  it('measure a whole send with its waits, and say how it ended', async () => {
    const telemetry = new Telemetry()
    const limits = { providers: { smtp: { account: { limit: 1, perMs: 20_000 } } } }
    const notify = createNotify({ channels: { email: slow(telemetry, 500) }, limits, ...telemetry.watched })

    const sending = [notify.send('email', { to: 'a' }), notify.send('email', { to: 'b' })]
    await telemetry.clock.advance(30_000)
    await Promise.all(sending)

    const attributes = { ...SEND, ...BY_SMTP, 'notiwire.delivery.status': 'sent' }
    expect(await telemetry.series('notiwire.send.duration')).toEqual([
      {
        ...{ metric: 'notiwire.send.duration', unit: 's', attributes, value: 21, count: 2 },
        boundaries: [...CALL_BOUNDARIES, 30, 60, 120],
      },
    ])
    expect(await telemetry.series('notiwire.attempt.wait.duration')).toMatchObject([
      { unit: 's', attributes: { ...ATTEMPT, ...BY_SMTP }, value: 20, count: 1 },
    ])
  })

  it('count a message once, however many tries it took, under who tried last', async () => {
    const telemetry = new Telemetry()
    const email = failover(failing('smtp', away()), failing('ses'))
    const notify = createNotify({ channels: { email }, ...telemetry.watched })

    await notify.send('email', { to: 'a' })

    expect(await telemetry.series('messaging.client.sent.messages')).toEqual([
      {
        metric: 'messaging.client.sent.messages',
        unit: '{message}',
        attributes: { ...SEND, 'notiwire.provider': 'ses' },
        value: 1,
      },
    ])
    const calls = await telemetry.series('messaging.client.operation.duration')
    expect(
      calls.map(({ attributes, count }) => [
        attributes['notiwire.provider'],
        attributes['error.type'],
        count,
      ]),
    ).toEqual([
      ['smtp', 'UNAVAILABLE', 1],
      ['ses', undefined, 1],
    ])
  })

  it('do not count a message that no provider was asked to send', async () => {
    const telemetry = new Telemetry()
    const channels = { email: new Carrier('smtp') }
    const notify = createNotify({ channels, guard: { allow: ['friend'] }, ...telemetry.watched })

    await notify.send('email', { to: 'stranger' })
    await notify.send('email', { to: '' })
    await notify.send('email', { to: 'friend' }, { idempotencyKey: 'k' })
    await notify.send('email', { to: 'friend' }, { idempotencyKey: 'k' })

    const counted = await telemetry.series('messaging.client.sent.messages')
    expect(counted.map(({ value }) => value)).toEqual([1])
    const ends = (await telemetry.series('notiwire.send.duration')).map(({ attributes }) => attributes)
    expect(ends).toEqual([
      {
        ...SEND,
        ...BY_SMTP,
        'notiwire.delivery.status': 'skipped',
        'notiwire.delivery.skip_reason': 'guard',
      },
      {
        ...{ ...SEND, ...BY_SMTP, 'notiwire.delivery.status': 'failed' },
        ...{ 'error.type': 'INVALID_MESSAGE', 'notiwire.delivery.certainty': 'not_sent' },
      },
      { ...SEND, ...BY_SMTP, 'notiwire.delivery.status': 'sent' },
      { ...SEND, ...BY_SMTP, 'notiwire.delivery.status': 'sent', 'notiwire.delivery.duplicate': true },
    ])
  })

  it('count a message that failed with why', async () => {
    const telemetry = new Telemetry()
    const email = failing('smtp', new NotifyError('CONTENT_REJECTED', 'spam'))
    const notify = createNotify({ channels: { email }, ...telemetry.watched })

    await notify.send('email', { to: 'a' })

    expect(await telemetry.series('messaging.client.sent.messages')).toMatchObject([
      { attributes: { ...SEND, 'error.type': 'CONTENT_REJECTED' }, value: 1 },
    ])
  })

  it('sum up under one word whatever error is in no table', async () => {
    const telemetry = new Telemetry()
    const odd = (code: string, delivery: string) =>
      new NotifyError(code as FailureCode, 'odd', { delivery: delivery as 'unknown', scope: 'message' })
    const email = failing('smtp', odd('to-alice', 'a'), odd('toString', 'b'), odd('constructor', 'c'))
    const notify = createNotify({ channels: { email }, retry: false, ...telemetry.watched })

    for (let at = 0; at < 3; at += 1) await notify.send('email', { to: 'a' })

    const failure = { 'error.type': '_OTHER', 'notiwire.delivery.certainty': 'unknown' }
    expect(await telemetry.series('notiwire.send.duration')).toMatchObject([
      { attributes: failure, count: 3 },
    ])
  })

  it('have a bounded number of series, whoever is sent to and whatever goes wrong', async () => {
    const telemetry = new Telemetry()
    const codes = Object.keys(FAILURES) as FailureCode[]
    const pick = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)] as T
    const fickle = (provider: string) =>
      new Carrier(provider, ({ to }, { id }) => {
        if (Math.random() < 0.3) return Promise.resolve({ providerId: id })
        const delivery = pick(['not_sent', 'unknown'] as const)
        const code = Math.random() < 0.1 ? (`E-${to}` as FailureCode) : pick(codes)
        return Promise.reject(new NotifyError(code, `${to} is away`, { delivery, scope: 'provider' }))
      })
    const channels = { email: fickle('smtp'), sms: failover(fickle('aliyun'), fickle('tencent')) }
    const options = { breaker: false as const, retry: { tries: 2, baseDelayMs: 1 } }
    const notify = createNotify({ channels, ...options, ...telemetry.watched })

    const sending = Array.from({ length: 1_000 }, (_, at) => {
      const channel = at % 10 === 9 ? (`unknown-${at}` as 'sms') : at % 2 ? 'sms' : 'email'
      return notify.send(channel, { to: `user-${at}`, text: `code ${at}` }, { idempotencyKey: `key-${at}` })
    })
    await telemetry.clock.advance(10)
    await Promise.all(sending)

    const series = await telemetry.series()
    // Accepted, or refused with one of the codes, or with any other; of whole sends each with its certainty.
    const ends = 1 + codes.length + 1
    const providers = 3
    expect(series.length).toBeLessThanOrEqual(providers * (ends + ends + 2 * ends) + 1)
    expect(series.length).toBeGreaterThan(codes.length)
    const words = new Set(series.flatMap(({ attributes }) => Object.values(attributes)))
    expect([...words].filter((word) => /user-|code \d|key-|unknown-|E-/.test(String(word)))).toEqual([])
  })
})
