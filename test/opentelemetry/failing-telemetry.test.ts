import { context, diag, ROOT_CONTEXT, type ContextManager, type TracerProvider } from '@opentelemetry/api'
import { afterEach, describe, expect, it } from 'vitest'
import { createNotify, NotifyError } from '../../src/index.ts'
import { openTelemetry, type OpenTelemetryOptions } from '../../src/opentelemetry/index.ts'
import { Carrier, failing, Telemetry } from './telemetry.ts'

function broken(): never {
  throw new Error('telemetry is broken')
}

/** The real one, but for what is replaced in every span. */
function spansWith(replaced: object): TracerProvider {
  const { tracerProvider } = new Telemetry()
  return {
    getTracer: (...named) => {
      const tracer = tracerProvider.getTracer(...named)
      const startSpan: typeof tracer.startSpan = (...start) =>
        Object.assign(tracer.startSpan(...start), replaced)
      return Object.assign(Object.create(tracer) as typeof tracer, { startSpan })
    },
  }
}

const instrument = { record: broken, add: broken }
const brokenMeter = { createHistogram: () => instrument, createCounter: () => instrument }

const BROKEN: Record<string, OpenTelemetryOptions> = {
  'has no tracer': { tracerProvider: { getTracer: broken } },
  'begins no span': { tracerProvider: { getTracer: () => ({ startSpan: broken }) } },
  'describes no span': { tracerProvider: spansWith({ setAttributes: broken, setStatus: broken }) },
  'ends no span': { tracerProvider: spansWith({ end: broken }) },
  'has no meter': { meterProvider: { getMeter: broken } },
  'makes no instruments': { meterProvider: { getMeter: () => ({ createHistogram: broken }) } },
  'records nothing': { meterProvider: { getMeter: () => brokenMeter } },
  'has no time': { clock: { monotonic: broken } },
}

const HOSTILE_WITH: Record<string, ContextManager['with']> = {
  'does not enter': broken,
  'enters twice': (_, run, that, ...given) => {
    run.call(that as never, ...given)
    return run.call(that as never, ...given)
  },
  'breaks after entering': (_, run, that, ...given) => {
    run.call(that as never, ...given)
    return broken()
  },
  'enters nothing': () => undefined as never,
}

describe('telemetry that fails changes no delivery', () => {
  afterEach(() => {
    context.disable()
    diag.disable()
  })

  it.each(Object.entries(BROKEN))('where it %s', async (_, options) => {
    const email = failing('smtp', new NotifyError('CONTENT_REJECTED', 'spam'))
    const notify = createNotify({ channels: { email }, tracer: openTelemetry(options) })

    const refused = await notify.send('email', { to: 'a' })
    const accepted = await notify.send('email', { to: 'a' })

    expect(refused).toMatchObject({ status: 'failed', error: { code: 'CONTENT_REJECTED', message: 'spam' } })
    expect(accepted).toMatchObject({ status: 'sent', attempts: [{ provider: 'smtp' }] })
    expect(email.handed).toBe(2)
  })

  it.each(Object.entries(HOSTILE_WITH))('where its context manager %s', async (_, enter) => {
    let entered = 0
    const manager: ContextManager = {
      active: () => ROOT_CONTEXT,
      with: (...given) => {
        entered += 1
        return enter(...given)
      },
      bind: broken,
      enable: broken,
      disable: () => manager,
    }
    context.setGlobalContextManager(manager)
    const email = new Carrier()
    const notify = createNotify({ channels: { email }, ...new Telemetry().watched })

    const result = await notify.send('email', { to: 'a' })

    expect(result).toMatchObject({ status: 'sent', attempts: [{ provider: 'memory' }] })
    expect(email.handed).toBe(1)
    expect(entered).toBeGreaterThanOrEqual(2)
  })

  it('where even its own diagnostics fail', async () => {
    const logger = { error: broken, warn: broken, info: broken, debug: broken, verbose: broken }
    diag.setLogger(logger, { suppressOverrideMessage: true })
    const tracer = openTelemetry({
      tracerProvider: { getTracer: broken },
      meterProvider: { getMeter: broken },
    })
    const notify = createNotify({ channels: { email: new Carrier() }, tracer })

    expect(await notify.send('email', { to: 'a' })).toMatchObject({ status: 'sent' })
  })

  it('and is told of its failure by its own diagnostics', async () => {
    const told: string[] = []
    const hear = (text: string) => void told.push(text)
    diag.setLogger({ error: hear, warn: hear, info: hear, debug: hear, verbose: hear })
    const tracer = openTelemetry({ tracerProvider: { getTracer: broken } })
    const notify = createNotify({ channels: { email: new Carrier() }, tracer })

    await notify.send('email', { to: 'a' })

    expect(told).toEqual(Array.from({ length: 2 }, () => 'notiwire: could not begin a span'))
  })

  it.each([{ end: broken }, { setAttributes: broken }, { isRecording: broken }])(
    'and where a span is broken (%o), the metrics are told all the same',
    async (replaced) => {
      const telemetry = new Telemetry()
      const { meterProvider } = telemetry
      const tracer = openTelemetry({ tracerProvider: spansWith(replaced), meterProvider })
      const notify = createNotify({ channels: { email: new Carrier() }, tracer })

      await notify.send('email', { to: 'a' })

      const told = (await telemetry.series()).map(({ metric }) => metric)
      expect(told.sort()).toEqual([
        'messaging.client.operation.duration',
        'messaging.client.sent.messages',
        'notiwire.send.duration',
      ])
    },
  )

  it('and what cannot be described is ended all the same', async () => {
    let ended = 0
    const tracerProvider = spansWith({ setAttributes: broken, end: () => (ended += 1) })
    const notify = createNotify({
      channels: { email: new Carrier() },
      tracer: openTelemetry({ tracerProvider }),
    })

    await notify.send('email', { to: 'a' })

    expect(ended).toBe(2)
  })
})
