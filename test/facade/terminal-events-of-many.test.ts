import { describe, expect, it } from 'vitest'
import type { SendResult } from '../../src/index.ts'
import { MemoryNotifier } from '../support/memory-notifier.ts'
import {
  accepting,
  away,
  endsOf,
  expectOneEndEach,
  limitsOf,
  one,
  refusing,
  silent,
  watched,
} from './ends.ts'

async function readAll(results: AsyncIterable<SendResult>): Promise<SendResult[]> {
  const read: SendResult[] = []
  try {
    for await (const result of results) read.push(result)
  } catch {
    // What became of the messages is in the results before.
  }
  return read
}

describe('of many messages each has one end', () => {
  function* broken() {
    yield { to: 'a' }
    yield { to: '' }
    throw new Error('the file ended early')
  }

  it('where their source breaks', async () => {
    const { notify, events } = watched(accepting())

    const results = await readAll(notify.sendMany('memory', broken()))

    expectOneEndEach(events, results)
    expect(results.map(({ status }) => status).sort()).toEqual(['failed', 'sent'])
  })

  it('where a promise in their source rejects', async () => {
    const { notify, events } = watched(accepting())
    const source = [Promise.resolve({ to: 'a' }), Promise.reject(new Error('no row'))]

    const results = await readAll(notify.sendMany('memory', source))

    expectOneEndEach(events, results)
    expect(results).toHaveLength(1)
  })

  it('where their keys cannot be made', async () => {
    const { notify, events } = watched(accepting())
    const idempotencyKey = ({ to }: { to: string }) => {
      if (to === 'b') throw new Error('no key')
      return to
    }

    const letters = ['a', 'b', 'a'].map((to) => ({ to }))
    const results = await readAll(notify.sendMany('memory', letters, { idempotencyKey }))

    expectOneEndEach(events, results)
    expect(results.map(({ status }) => status).sort()).toEqual(['failed', 'sent', 'sent'])
    expect(results.filter(({ duplicate }) => duplicate)).toHaveLength(1)
  })

  it('where they are aborted', async () => {
    const { notify, clock, events } = watched(silent())
    const stop = new AbortController()

    const reading = readAll(
      notify.sendMany('memory', [{ to: 'a' }, { to: 'b' }, { to: 'c' }], {
        signal: stop.signal,
        concurrency: 2,
      }),
    )
    await clock.advance(10)
    stop.abort()
    const results = await reading

    expectOneEndEach(events, results)
    expect(results).toHaveLength(2)
  })

  it('where nobody reads their results to the end', async () => {
    const { notify, events } = watched(accepting())

    const letters = Array.from({ length: 50 }, (_, at) => ({ to: `${at}` }))
    for await (const { index } of notify.sendMany('memory', letters, { concurrency: 5 }))
      if (index === 3) break

    const accepted = events.filter(({ type }) => type === 'accepted')
    expect(Object.values(endsOf(events))).toEqual(accepted.map(() => ['sent']))
    expect(accepted.length).toBeLessThan(50)
  })
})

describe('closing', () => {
  it('leaves one end to what is sent after it', async () => {
    const { notify, events } = watched(accepting())
    await notify.close()

    const result = await notify.send('memory', { to: 'a' })

    expectOneEndEach(events, [result])
    expect(result).toMatchObject({ error: { code: 'CLOSED' } })
  })

  it('tells one end of each that is done while it waits, and of each that is given up', async () => {
    const { clock, ...rest } = watched(
      new MemoryNotifier(({ to }, { id }) => {
        const answer = () => ({ providerId: id, at: 1 })
        const ms = to === 'slow' ? 500 : 50_000
        return new Promise((resolve) => void clock.setTimeout(() => resolve(answer()), ms))
      }),
      { retry: { baseDelayMs: 1 } },
    )
    const { notify, events } = rest

    const sending = [notify.send('memory', { to: 'slow' }), notify.send('memory', { to: 'too slow' })]
    await clock.advance(0)
    const closing = notify.close({ drainMs: 1_000 })
    await clock.advance(60_000)
    await closing
    const results = await Promise.all(sending)

    expectOneEndEach(events, results)
    expect(results).toMatchObject([{ status: 'sent' }, { status: 'failed', error: { code: 'CLOSED' } }])
  })

  it('tells one end of what waits for another try or for its turn', async () => {
    const options = { retry: { baseDelayMs: 60_000, maxDelayMs: 60_000 }, ...limitsOf({ account: one }) }
    const { notify, clock, events } = watched(refusing(away), { ...options, deadlineMs: 500_000 })

    const sending = [notify.send('memory', { to: 'a' }), notify.send('memory', { to: 'b' })]
    await clock.advance(0)
    const closing = notify.close({ drainMs: 0 })
    await clock.advance(600_000)
    await closing
    const results = await Promise.all(sending)

    expectOneEndEach(events, results)
    expect(results).toMatchObject([{ error: { code: 'CLOSED' } }, { error: { code: 'CLOSED' } }])
  })

  it('tells one end of each of many that are under way', async () => {
    const { notify, clock, events } = watched(silent())
    const letters = Array.from({ length: 20 }, (_, at) => ({ to: `${at}` }))

    const reading = readAll(notify.sendMany('memory', letters, { concurrency: 5 }))
    await clock.advance(0)
    const closing = notify.close({ drainMs: 100 })
    await clock.advance(1_000)
    await closing
    const results = await reading

    expectOneEndEach(events, results)
    expect(results).toHaveLength(5)
  })
})
