/** What several processes see of one store. */
import assert from 'node:assert/strict'
import type { JobOutcome } from '../../core/outbox.ts'
import { done, eventually, type Tests } from './bench.ts'

/** Of outboxes that more than one process may use. */
export const sharing: Tests = {
  'lets exactly one of two workers attempt each job': async ({ outbox, harness, keep, work }) => {
    const other = await harness.open()
    const one = work(undefined, { concurrency: 5 })
    const two = work(undefined, { outbox: other, concurrency: 5 })
    await keep(...Array.from({ length: 100 }, (_, at) => ({ id: `shared-${at}` })))

    await eventually('all are done', async () => (await outbox.counts())['email']?.done === 100)

    const ids = [...one.began, ...two.began].map(({ id }) => id)
    assert.equal(ids.length, 100)
    assert.equal(new Set(ids).size, 100)
    await other.close()
  },

  'wakes a worker elsewhere': async ({ harness, keep, work }) => {
    const other = await harness.open()
    const { began } = work(undefined, { outbox: other })

    await keep({ id: 'a' })

    await eventually('it has begun', () => began.length === 1)
    await other.close()
  },

  'pauses a channel everywhere': async ({ outbox, harness, keep, work, until }) => {
    const other = await harness.open()
    const { began } = work(undefined, { outbox: other })
    work(undefined, { outbox: other, channel: 'sms' })
    await outbox.pause('email')
    await keep({ id: 'a' }, { id: 'b', channel: 'sms' })
    await until('b', 'done')
    assert.equal(began.length, 0)

    await outbox.resume('email')

    await until('a', 'done')
    await other.close()
  },

  'takes a job back that is attempted elsewhere': async ({ outbox, harness, keep, work, until }) => {
    const other = await harness.open()
    const play = ({ signal }: { readonly signal: AbortSignal }) =>
      new Promise<JobOutcome>((resolve) => {
        signal.addEventListener('abort', () => resolve({ type: 'cancelled', record: '' }))
      })
    const { began } = work(play, { outbox: other })
    await keep({ id: 'a' })
    await eventually('it has begun', () => began.length === 1)

    assert.equal(await outbox.cancel('a'), 'signalled')

    await until('a', 'cancelled')
    await other.close()
  },

  'keeps one job of a key': async ({ outbox, harness }) => {
    const other = await harness.open()
    const job = (id: string) => ({ id, channel: 'email', payload: '{}', key: 'receipt-1' })

    const answers = await Promise.all([outbox.enqueue([job('a')]), other.enqueue([job('b')])])

    const all = answers.flat()
    assert.deepEqual(all.map(({ status }) => status).sort(), ['accepted', 'duplicate'])
    assert.equal(all[0]?.id, all[1]?.id)
    await other.close()
  },
}

export const storm: Tests = {
  'gives every job one end under a storm of outcomes': async ({ outbox, keep, work }) => {
    const outcomes: readonly JobOutcome['type'][] = ['done', 'retry', 'defer', 'dead']
    const { settled, began } = work(({ id, attempt, record = '' }): JobOutcome => {
      const turn = record.length
      const type = outcomes[(Number(id.slice(6)) + turn) % outcomes.length] ?? 'done'
      if (turn > 4 || attempt > 3) return done(record)
      return type === 'retry' || type === 'defer'
        ? { type, delayMs: 3, record: `${record}.` }
        : { type, record: `${record}.` }
    })
    await keep(...Array.from({ length: 60 }, (_, at) => ({ id: `storm-${at}` })))

    await eventually('all have ended', async () => {
      const { done: sent = 0, dead = 0 } = (await outbox.counts())['email'] ?? {}
      return sent + dead === 60
    })
    await eventually('all was told', () => settled.length === began.length)

    const ends = settled.filter(({ type }) => type === 'done' || type === 'dead')
    assert.equal(ends.length, 60)
  },
}
