import { metrics, trace } from '@opentelemetry/api'
import { afterEach, describe, expect, it } from 'vitest'
import { createNotify, NotifyError } from '../../src/index.ts'
import { openTelemetry, type OpenTelemetryOptions } from '../../src/opentelemetry/index.ts'
import { Carrier, carryContexts, failing, Telemetry } from './telemetry.ts'

describe('the global telemetry', () => {
  afterEach(() => {
    trace.disable()
    metrics.disable()
  })

  const register = ({ tracerProvider, meterProvider }: Telemetry) => {
    trace.setGlobalTracerProvider(tracerProvider)
    metrics.setGlobalMeterProvider(meterProvider)
  }

  it.each([
    ['before the SDK is made', 'first'],
    ['after it', 'between'],
    ['after the first send', 'last'],
  ])('is used where it is registered %s', async (_, when) => {
    const telemetry = new Telemetry()
    if (when === 'first') register(telemetry)
    const notify = createNotify({ channels: { email: new Carrier() }, tracer: openTelemetry() })
    if (when === 'between') register(telemetry)
    if (when === 'last') {
      await notify.send('email', { to: 'a' })
      register(telemetry)
    }

    const { id } = await notify.send('email', { to: 'a' })

    expect(telemetry.spans.map(({ attributes }) => attributes['notiwire.delivery.id'])).toEqual([id, id])
    const scope = { schemaUrl: 'https://opentelemetry.io/schemas/1.45.0' }
    expect(telemetry.spans.map(({ instrumentationScope }) => instrumentationScope)).toMatchObject([
      scope,
      scope,
    ])
    const sends = await telemetry.series('notiwire.send.duration')
    expect(sends.map(({ count }) => count)).toEqual([1])
  })

  it('is left alone where another one is passed in', async () => {
    const [global, own] = [new Telemetry(), new Telemetry()]
    register(global)
    const notify = createNotify({ channels: { email: new Carrier() }, ...own.watched })

    await notify.send('email', { to: 'a' })

    expect([global.spans.length, own.spans.length]).toEqual([0, 2])
    expect(await global.series()).toEqual([])
  })

  it('may be missing', async () => {
    const notify = createNotify({ channels: { email: new Carrier() }, tracer: openTelemetry() })

    expect(await notify.send('email', { to: 'a' })).toMatchObject({ status: 'sent' })
  })
})

describe('openTelemetry()', () => {
  it('forgets a send that has ended, also one that failed', async () => {
    const telemetry = new Telemetry()
    const { tracer } = telemetry.watched
    const email = failing('smtp', new NotifyError('CONTENT_REJECTED', 'spam'))
    const notify = createNotify({ channels: { email }, tracer })
    const sends = [await notify.send('email', { to: 'a' }), await notify.send('email', { to: 'b' })]
    const before = telemetry.named('attempt email').length

    for (const { id } of sends) {
      const facts = { id, channel: 'email', provider: 'smtp', isBulk: false, attempt: 2, waitMs: 0 }
      await tracer.attempt(facts, () => Promise.resolve({ providerId: 'late' }))
    }

    const late = telemetry.named('attempt email').slice(before)
    expect(late.map(({ parentSpanContext }) => parentSpanContext)).toEqual([undefined, undefined])
  })

  it('serves several SDKs at once', async () => {
    using carrying = carryContexts()
    void carrying
    const telemetry = new Telemetry()
    const { tracer } = telemetry.watched
    const one = createNotify({ channels: { email: new Carrier('smtp') }, tracer })
    const other = createNotify({ channels: { email: new Carrier('ses') }, tracer })

    await Promise.all([one.send('email', { to: 'a' }), other.send('email', { to: 'a' })])

    const pairs = telemetry.named('send email').map((send) => [send, ...telemetry.childrenOf(send)])
    const providers = pairs.map((spans) => spans.map(({ attributes }) => attributes['notiwire.provider']))
    expect(providers.sort()).toEqual([
      ['ses', 'ses'],
      ['smtp', 'smtp'],
    ])
  })

  it.each([
    [undefined, []],
    [{}, []],
    [{ tracerProvider: undefined }, []],
    [null, ['']],
    ['global', ['']],
    [
      { tracerProvider: {}, meterProvider: 1, clock: { monotonic: 1 } },
      ['tracerProvider', 'meterProvider', 'clock'],
    ],
    [{ tracer: {}, toString: 1 }, ['tracer', 'toString']],
  ])('told %j names every wrong option', (options, wrong) => {
    let issues: readonly string[] = []

    try {
      openTelemetry(options as OpenTelemetryOptions)
    } catch (cause) {
      issues = NotifyError.isNotifyError(cause)
        ? (cause.issues ?? []).map(({ path }) => path)
        : ['no NotifyError']
    }

    expect(issues).toEqual(wrong)
  })
})
