import { context, createContextKey, trace, type Span } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createNotify } from '../../src/index.ts'
import { away, Carrier, carryContexts, failing, Telemetry } from './telemetry.ts'

/** Runs it in a span of the user's own. */
function inSpan<T>(telemetry: Telemetry, name: string, run: (span: Span) => Promise<T>): Promise<T> {
  return telemetry.tracer.startActiveSpan(name, async (span) => {
    try {
      return await run(span)
    } finally {
      span.end()
    }
  })
}

/** The names from each span up to its root. */
function linesOf(telemetry: Telemetry, name: string): string[][] {
  const byId = new Map(telemetry.spans.map((span) => [span.spanContext().spanId, span]))
  const lineOf = (span: ReadableSpan): string[] => {
    const above = byId.get(span.parentSpanContext?.spanId ?? '')
    return [span.name, ...(above ? lineOf(above) : [])]
  }
  return [...byId.values()].filter((span) => span.name === name).map(lineOf)
}

/** How many spans of this name stand under each span of the user. */
function ownersOf(telemetry: Telemetry, name: string): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const line of linesOf(telemetry, name)) {
    const owner = line.at(-1) ?? ''
    counts[owner] = (counts[owner] ?? 0) + 1
  }
  return counts
}

describe('where contexts are carried', () => {
  let carrying: Disposable
  beforeAll(() => void (carrying = carryContexts()))
  afterAll(() => carrying[Symbol.dispose]())

  it('a send belongs to the span that is active where it is called', async () => {
    const telemetry = new Telemetry()
    const notify = createNotify({ channels: { email: new Carrier() }, ...telemetry.watched })

    await inSpan(telemetry, 'order', () => notify.send('email', { to: 'a' }))

    expect(linesOf(telemetry, 'attempt email')).toEqual([['attempt email', 'send email', 'order']])
  })

  it('a send without an active span begins a trace of its own', async () => {
    const telemetry = new Telemetry()
    const notify = createNotify({ channels: { email: new Carrier() }, ...telemetry.watched })

    await notify.send('email', { to: 'a' })

    expect(telemetry.span('send email').parentSpanContext).toBeUndefined()
  })

  it('what a driver begins belongs to its try: at once, after a wait and in a callback', async () => {
    const telemetry = new Telemetry()
    const email = new Carrier('smtp', async (_, { id }) => {
      telemetry.tracer.startSpan('connect').end()
      await new Promise((resolve) => setImmediate(resolve))
      telemetry.tracer.startSpan('hand over').end()
      await new Promise<void>((resolve) => {
        setImmediate(() => {
          telemetry.tracer.startSpan('read the answer').end()
          resolve()
        })
      })
      return { providerId: id }
    })
    const notify = createNotify({ channels: { email }, ...telemetry.watched })

    await notify.send('email', { to: 'a' })

    const below = telemetry.childrenOf(telemetry.span('attempt email')).map(({ name }) => name)
    expect(below).toEqual(['connect', 'hand over', 'read the answer'])
  })

  it('what stores and hooks begin belongs to the send', async () => {
    const telemetry = new Telemetry()
    const note = (name: string) => telemetry.tracer.startSpan(name).end()
    const find = () => {
      note('ask the store')
      return Promise.resolve(undefined)
    }
    const notify = createNotify({
      channels: { email: new Carrier() },
      suppression: { find, add: () => undefined, remove: () => undefined },
      hooks: { onEvent: ({ type }) => note(type) },
      ...telemetry.watched,
    })

    await notify.send('email', { to: 'a' })

    const below = telemetry.childrenOf(telemetry.span('send email')).map(({ name }) => name)
    expect(below.sort()).toEqual(['accepted', 'ask the store', 'attempt', 'attempt email', 'sent'])
  })

  it('what else the caller keeps in the context reaches the driver', async () => {
    const telemetry = new Telemetry()
    const tenant = createContextKey('tenant')
    const seen: unknown[] = []
    const email = new Carrier('smtp', (_, { id }) => {
      seen.push(context.active().getValue(tenant))
      return Promise.resolve({ providerId: id })
    })
    const notify = createNotify({ channels: { email }, ...telemetry.watched })

    await context.with(context.active().setValue(tenant, 'acme'), () => notify.send('email', { to: 'a' }))

    expect(seen).toEqual(['acme'])
  })

  it('the caller is back in its own span after a send', async () => {
    const telemetry = new Telemetry()
    const notify = createNotify({ channels: { email: new Carrier() }, ...telemetry.watched })

    const active = await inSpan(telemetry, 'order', async (span) => {
      const sending = notify.send('email', { to: 'a' })
      const during = trace.getActiveSpan() === span
      await sending
      return [during, trace.getActiveSpan() === span]
    })

    expect(active).toEqual([true, true])
  })

  it('sends side by side keep their own spans through retries and waits for their turn', async () => {
    const telemetry = new Telemetry()
    const failures = Array.from({ length: 10 }, away)
    const limits = { providers: { smtp: { account: { limit: 1, perMs: 1_000 } } } }
    const email = failing('smtp', ...failures)
    const notify = createNotify({ channels: { email }, limits, breaker: false, ...telemetry.watched })

    const orders = Array.from({ length: 10 }, (_, at) =>
      inSpan(telemetry, `order ${at}`, () => notify.send('email', { to: `${at}` })),
    )
    await telemetry.clock.advance(60_000)
    const results = await Promise.all(orders)

    expect(results.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 'sent'))
    const expected = Object.fromEntries(
      results.map(({ attempts }, at) => [`order ${at}`, attempts.length] as const),
    )
    expect(ownersOf(telemetry, 'attempt email')).toEqual(expected)
    expect(telemetry.named('attempt email')).toHaveLength(20)
  })

  it('who waits for another send under the same key keeps its own span', async () => {
    const telemetry = new Telemetry()
    const notify = createNotify({ channels: { email: failing('smtp', away()) }, ...telemetry.watched })
    const order = (name: string) =>
      inSpan(telemetry, name, () => notify.send('email', { to: 'a' }, { idempotencyKey: 'k' }))

    const orders = [order('first'), order('second')]
    await telemetry.clock.advance(1_000)
    await Promise.all(orders)

    expect(ownersOf(telemetry, 'send email')).toEqual({ first: 1, second: 1 })
    expect(ownersOf(telemetry, 'attempt email')).toEqual({ first: 2 })
  })

  it('of many messages each has a send of its own, under the span in which their results are read', async () => {
    const telemetry = new Telemetry()
    const letters = Array.from({ length: 500 }, (_, at) => ({ to: `${at}` }))
    const notify = createNotify({
      channels: { email: failing('smtp', away(), away()) },
      retry: { baseDelayMs: 1 },
      ...telemetry.watched,
    })

    const results = await inSpan(telemetry, 'prepare', () =>
      Promise.resolve({ read: notify.sendMany('email', letters, { concurrency: 7 }) }),
    )
    await inSpan(telemetry, 'campaign', async () => {
      for await (const { index } of results.read) {
        await inSpan(telemetry, `note ${index}`, () => telemetry.clock.advance(1))
      }
    })

    expect(ownersOf(telemetry, 'send email')).toEqual({ campaign: 500 })
    expect(ownersOf(telemetry, 'attempt email')).toEqual({ campaign: 502 })
    expect(linesOf(telemetry, 'send email')[499]).toEqual(['send email', 'campaign'])
  })
})

describe('where nobody carries contexts', () => {
  it('tries are children of their sends all the same', async () => {
    const telemetry = new Telemetry()
    const notify = createNotify({ channels: { email: failing('smtp', away()) }, ...telemetry.watched })

    const sending = [notify.send('email', { to: 'a' }), notify.send('email', { to: 'b' })]
    await telemetry.clock.advance(1_000)
    await Promise.all(sending)

    const lines = linesOf(telemetry, 'attempt email')
    expect(lines).toEqual(Array.from({ length: 3 }, () => ['attempt email', 'send email']))
    const tries = telemetry.named('send email').map((span) => telemetry.childrenOf(span).length)
    expect(tries.sort()).toEqual([1, 2])
  })
})
