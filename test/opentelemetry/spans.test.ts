import { SpanKind, SpanStatusCode, type Attributes } from '@opentelemetry/api'
import { SamplingDecision } from '@opentelemetry/sdk-trace-base'
import { describe, expect, it } from 'vitest'
import { createNotify, failover, NotifyError, type SuppressionStore } from '../../src/index.ts'
import { away, Carrier, failing, Telemetry } from './telemetry.ts'

const SENT = { code: SpanStatusCode.UNSET }
const FAILED = { code: SpanStatusCode.ERROR }

describe('the spans of a send', () => {
  it('are one of the send and one of its try, named and described by the messaging conventions', async () => {
    const telemetry = new Telemetry()
    const notify = createNotify({ channels: { email: new Carrier('smtp') }, ...telemetry.watched })

    const { id } = await notify.send('email', { to: 'a' })

    expect(telemetry.span('send email')).toMatchObject({ kind: SpanKind.INTERNAL, status: SENT })
    expect(telemetry.span('send email').attributes).toEqual({
      'messaging.system': 'notiwire',
      'messaging.operation.name': 'send',
      'messaging.destination.name': 'email',
      'messaging.message.id': `p-${id}`,
      'notiwire.provider': 'smtp',
      'notiwire.delivery.id': id,
      'notiwire.delivery.bulk': false,
      'notiwire.delivery.attempts': 1,
      'notiwire.delivery.status': 'sent',
    })
    expect(telemetry.span('attempt email')).toMatchObject({ kind: SpanKind.CLIENT, status: SENT })
    expect(telemetry.span('attempt email').attributes).toEqual({
      'messaging.system': 'notiwire',
      'messaging.operation.name': 'attempt',
      'messaging.operation.type': 'send',
      'messaging.destination.name': 'email',
      'messaging.message.id': `p-${id}`,
      'notiwire.provider': 'smtp',
      'notiwire.delivery.id': id,
      'notiwire.attempt.number': 1,
    })
    expect(telemetry.childrenOf(telemetry.span('send email'))).toEqual([telemetry.span('attempt email')])
  })

  it('say whose they are, and which version of the conventions they follow', async () => {
    const telemetry = new Telemetry()
    const notify = createNotify({ channels: { email: new Carrier() }, ...telemetry.watched })

    await notify.send('email', { to: 'a' })

    const scopes = telemetry.spans.map(({ instrumentationScope }) => instrumentationScope)
    const scope = { name: 'notiwire', schemaUrl: 'https://opentelemetry.io/schemas/1.45.0' }
    expect(scopes).toMatchObject([scope, scope])
  })

  it('show what is known at their start to samplers', async () => {
    const seen: Attributes[] = []
    const telemetry = new Telemetry({
      shouldSample: (...asked) => {
        seen.push({ ...asked[4] })
        return { decision: SamplingDecision.RECORD_AND_SAMPLED }
      },
      toString: () => 'watching',
    })
    const notify = createNotify({ channels: { email: new Carrier('smtp') }, ...telemetry.watched })

    await notify.send('email', { to: 'a' })

    const target = { 'messaging.destination.name': 'email', 'notiwire.provider': 'smtp' }
    expect(seen).toMatchObject([target, { ...target, 'messaging.operation.type': 'send' }])
  })

  it('cost nothing but themselves where they are not sampled: the metrics are still told', async () => {
    const telemetry = new Telemetry({
      shouldSample: () => ({ decision: SamplingDecision.NOT_RECORD }),
      toString: () => 'off',
    })
    const notify = createNotify({ channels: { email: new Carrier() }, ...telemetry.watched })

    await notify.send('email', { to: 'a' })

    expect(telemetry.spans).toEqual([])
    expect(await telemetry.series('notiwire.send.duration')).toHaveLength(1)
  })

  it('say of one among many that it is', async () => {
    const telemetry = new Telemetry()
    const notify = createNotify({ channels: { email: new Carrier() }, ...telemetry.watched })

    for await (const result of notify.sendMany('email', [{ to: 'a' }])) void result

    expect(telemetry.span('send email').attributes).toMatchObject({ 'notiwire.delivery.bulk': true })
  })

  it('are errors without a text where it failed', async () => {
    const telemetry = new Telemetry()
    const email = failing('smtp', new NotifyError('RECIPIENT_REJECTED', 'no such mailbox'))
    const notify = createNotify({ channels: { email }, ...telemetry.watched })

    await notify.send('email', { to: 'a' })

    const reason = { 'error.type': 'RECIPIENT_REJECTED', 'notiwire.delivery.certainty': 'not_sent' }
    for (const span of telemetry.spans) {
      expect(span).toMatchObject({ status: FAILED, attributes: reason, events: [] })
      expect(span.status.message).toBeUndefined()
    }
    expect(telemetry.spans).toHaveLength(2)
  })

  it('show every try; the send is no error where the last one succeeded', async () => {
    const telemetry = new Telemetry()
    const notify = createNotify({
      channels: { email: failing('smtp', away(), away()) },
      ...telemetry.watched,
    })

    const sending = notify.send('email', { to: 'a' })
    await telemetry.clock.advance(1_000)
    await sending

    const tries = telemetry.childrenOf(telemetry.span('send email'))
    expect(tries.map(({ attributes }) => attributes['notiwire.attempt.number'])).toEqual([1, 2, 3])
    expect(tries.map(({ status }) => status)).toEqual([FAILED, FAILED, SENT])
    expect(tries.map(({ attributes }) => attributes['error.type'])).toEqual([
      'UNAVAILABLE',
      'UNAVAILABLE',
      undefined,
    ])
    expect(telemetry.span('send email')).toMatchObject({
      status: SENT,
      attributes: { 'notiwire.delivery.attempts': 3 },
    })
    expect(telemetry.span('send email').attributes).not.toHaveProperty('error.type')
  })

  it('name of several providers the one that made each try, and for the send the last of them', async () => {
    const telemetry = new Telemetry()
    const sms = failover(failing('aliyun', away()), new Carrier('tencent'))
    const notify = createNotify({ channels: { sms }, ...telemetry.watched })

    await notify.send('sms', { to: 'a' })

    const providers = (name: string) =>
      telemetry.named(name).map(({ attributes }) => attributes['notiwire.provider'])
    expect(providers('attempt sms')).toEqual(['aliyun', 'tencent'])
    expect(providers('send sms')).toEqual(['tencent'])
  })

  it('tell how long a try waited for its turn', async () => {
    const telemetry = new Telemetry()
    const limits = { providers: { smtp: { account: { limit: 1, perMs: 2_000 } } } }
    const notify = createNotify({ channels: { email: new Carrier('smtp') }, limits, ...telemetry.watched })

    const sending = [notify.send('email', { to: 'a' }), notify.send('email', { to: 'b' })]
    await telemetry.clock.advance(2_000)
    await Promise.all(sending)

    const waits = telemetry
      .named('attempt email')
      .map(({ attributes }) => attributes['notiwire.attempt.wait_ms'])
    expect(waits).toEqual([undefined, 2_000])
  })
})

const dead: SuppressionStore = {
  find: (_, address) => Promise.resolve(address === 'dead' ? 'invalid' : undefined),
  add: () => undefined,
  remove: () => undefined,
}

describe('a send that asks no provider', () => {
  it.each([
    ['guard', 'stranger', undefined],
    ['suppressed', 'dead', undefined],
    ['expired', 'friend', 1],
  ])('is skipped without an error: %s', async (reason, to, expiresAt) => {
    const telemetry = new Telemetry()
    const rules = { guard: { allow: ['friend', 'dead'] }, suppression: dead }
    const notify = createNotify({ channels: { email: new Carrier() }, ...rules, ...telemetry.watched })

    await notify.send('email', { to }, { expiresAt })

    expect(telemetry.spans).toMatchObject([
      {
        name: 'send email',
        status: SENT,
        attributes: {
          'notiwire.delivery.status': 'skipped',
          'notiwire.delivery.skip_reason': reason,
          'notiwire.delivery.attempts': 0,
        },
      },
    ])
    expect(telemetry.spans[0]?.attributes).not.toHaveProperty('error.type')
  })

  it('says of a duplicate which delivery it repeats', async () => {
    const telemetry = new Telemetry()
    const email = new Carrier()
    const notify = createNotify({ channels: { email }, ...telemetry.watched })
    const send = () => notify.send('email', { to: 'a' }, { idempotencyKey: 'k' })

    const [first] = await Promise.all([send(), send()])
    await send()

    const sends = telemetry.named('send email').map(({ attributes }) => attributes)
    expect(sends.map((attributes) => attributes['notiwire.delivery.attempts']).sort()).toEqual([0, 0, 1])
    const repeats = sends.filter((attributes) => attributes['notiwire.delivery.duplicate'] === true)
    expect(repeats.map((attributes) => attributes['notiwire.delivery.duplicate_of'])).toEqual([
      first.id,
      first.id,
    ])
    expect(telemetry.named('attempt email')).toHaveLength(1)
  })

  it('fails as a mismatch where its key belongs to another message', async () => {
    const telemetry = new Telemetry()
    const notify = createNotify({ channels: { email: new Carrier() }, ...telemetry.watched })

    await notify.send('email', { to: 'a' }, { idempotencyKey: 'k' })
    await notify.send('email', { to: 'b' }, { idempotencyKey: 'k' })

    expect(telemetry.named('send email')[1]).toMatchObject({
      status: FAILED,
      attributes: { 'error.type': 'IDEMPOTENCY_MISMATCH', 'notiwire.delivery.attempts': 0 },
    })
  })

  it('does not name a channel that is not configured', async () => {
    const telemetry = new Telemetry()
    const notify = createNotify({ channels: { email: new Carrier() }, ...telemetry.watched })

    await notify.send('+8613800138000' as 'email', { to: 'a' })

    expect(telemetry.span('send').attributes).toMatchObject({ 'error.type': 'UNKNOWN_CHANNEL' })
    expect(telemetry.span('send').attributes).not.toHaveProperty('messaging.destination.name')
    const [series] = await telemetry.series('notiwire.send.duration')
    expect(series?.attributes).not.toHaveProperty('messaging.destination.name')
  })

  it('has no span at all where credentials are checked', async () => {
    const telemetry = new Telemetry()
    const notify = createNotify({ channels: { email: new Carrier() }, ...telemetry.watched })

    await notify.verify()
    await notify.send('email', { to: 'a' })

    expect(telemetry.spans.map(({ name }) => name).sort()).toEqual(['attempt email', 'send email'])
  })
})
