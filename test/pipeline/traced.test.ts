/** Whatever a tracer does, a send is made once and its end is told. */
import { describe, expect, it } from 'vitest'
import { createNotify, type LifecycleEvent, type Tracer } from '../../src/index.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { MemoryNotifier } from '../support/memory-notifier.ts'
import { accept, Carrier, never, outcomeOf, refuse, watch, type Answer } from './carrier.ts'
import { warningsDuring } from './warnings.ts'

type Trace = (facts: object, run: () => Promise<unknown>) => unknown

const down = () => {
  throw new Error('exporter down')
}

const ODD: readonly (readonly [string, Trace])[] = [
  ['returns nothing, and runs nothing', () => undefined],
  ['resolves to nothing, and runs nothing', () => Promise.resolve()],
  ['resolves to nothing after the run', (_, run) => run().then(() => undefined)],
  ['resolves to something else', (_, run) => run().then(() => ({ providerId: 'forged', status: 'sent' }))],
  ['throws at once', down],
  ['rejects before the run', () => Promise.reject(new Error('exporter down'))],
  ['rejects after the run', (_, run) => run().then(down)],
  ['throws once it runs', (_, run) => (void run(), down())],
  ['runs it twice', (_, run) => run().then(run, run)],
  ['runs it in a later turn', (_, run) => Promise.resolve().then(run)],
  ['never ends', never],
  ['never ends after the run', (_, run) => run().then(never)],
  ['swallows the failure', (_, run) => run().catch(() => undefined)],
]

const asIs: Trace = (_, run) => run()

/** A tracer that is odd in one place only. */
const tracerOf = (where: 'send' | 'attempt', trace: Trace) =>
  ({ send: asIs, attempt: asIs, [where]: trace }) as unknown as Tracer

interface Case {
  readonly tracer: Tracer
  readonly answer: Answer
  readonly isHeard?: boolean
}

async function sendWith({ tracer, answer, isHeard = true }: Case) {
  const clock = new FakeClock()
  const memory = new Carrier(answer)
  const events: LifecycleEvent[] = []
  const hooks = isHeard ? { onEvent: (event: LifecycleEvent) => events.push(event) } : {}
  const notify = createNotify({ channels: { memory }, clock, tracer, hooks })
  const sending = watch(notify.send('memory', { to: 'a' }))
  await clock.advance(0)
  const closing = watch(notify.close().then(() => 'closed'))
  await clock.advance(0)
  const ends = events.filter(({ type }) => ['sent', 'failed', 'skipped'].includes(type))
  return { result: sending.value, asked: memory.asked, closed: closing.value, ends }
}

describe.each(['send', 'attempt'] as const)('a tracer whose %s', (where) => {
  describe.each(ODD)('%s', (_, trace) => {
    it.each([true, false])(
      'changes nothing of a message that is sent (a hook listens: %s)',
      async (isHeard) => {
        let end: Awaited<ReturnType<typeof sendWith>> | undefined

        await warningsDuring(async () => {
          end = await sendWith({ tracer: tracerOf(where, trace), answer: accept, isHeard })
        })

        expect(end).toMatchObject({ asked: 1, closed: 'closed', result: { status: 'sent', attempts: [{}] } })
        expect(end?.result).toHaveProperty('receipt.providerId', end?.result?.id)
        expect(end?.ends).toHaveLength(isHeard ? 1 : 0)
      },
    )

    it('changes nothing of a failure', async () => {
      let end: Awaited<ReturnType<typeof sendWith>> | undefined

      await warningsDuring(async () => {
        end = await sendWith({ tracer: tracerOf(where, trace), answer: refuse('CONTENT_REJECTED') })
      })

      expect(end).toMatchObject({ asked: 1, closed: 'closed', ends: [{ type: 'failed' }] })
      expect(end?.result && outcomeOf(end.result)).toBe('CONTENT_REJECTED not_sent')
    })
  })

  it('fails is warned of', async () => {
    const warnings = await warningsDuring(() => sendWith({ tracer: tracerOf(where, down), answer: accept }))

    expect(warnings.map(({ message }) => message)).toEqual(['The tracer failed (Error)'])
  })

  it('passes the failure of a try on is warned of by nobody', async () => {
    const warnings = await warningsDuring(() =>
      sendWith({ tracer: tracerOf(where, asIs), answer: refuse('CONTENT_REJECTED') }),
    )

    expect(warnings).toEqual([])
  })
})

it('what a tracer makes of a send, its hooks and its stores run inside', async () => {
  const order: string[] = []
  const trace: Trace = async (_, run) => {
    order.push('begin')
    const result = await run()
    order.push('end')
    return result
  }
  const memory = new Carrier(() => Promise.resolve(order.push('driver')))
  const notify = createNotify({ channels: { memory }, tracer: tracerOf('send', trace) })

  await notify.send('memory', { to: 'a' })
  await Promise.resolve()

  expect(order).toEqual(['begin', 'driver', 'end'])
})

it('a driver whose send throws at once is asked once, and ends no process', async () => {
  let asked = 0
  class Throwing extends MemoryNotifier {
    override send(): never {
      asked += 1
      throw new Error('at once')
    }
  }
  const tracer: Tracer = { send: (_, run) => run(), attempt: (_, run) => run() }
  const notify = createNotify({ channels: { memory: new Throwing() }, tracer, retry: false })

  const result = await notify.send('memory', { to: 'a' })

  expect(result).toMatchObject({ status: 'failed', error: { code: 'DRIVER_FAILED' } })
  expect(asked).toBe(1)
})
