/** What people do about jobs: pause, take back, attempt again. */
import assert from 'node:assert/strict'
import { systemClock } from '../../core/clock.ts'
import { JobCancelled, type JobOutcome } from '../../core/outbox.ts'
import { done, eventually, type Tests } from './bench.ts'

export const steering: Tests = {
  'has one worker for a channel': async ({ outbox, work }) => {
    const { consumer } = work()

    assert.throws(() => work(), { code: 'INVALID_CONFIG' })

    await consumer.close()
    await work(undefined, { outbox }).consumer.close()
  },

  'attempts nothing on a paused channel': async ({ outbox, keep, work, until }) => {
    await outbox.pause('email')
    await outbox.pause('email')
    await keep({ id: 'a' }, { id: 'b', channel: 'sms' })
    const { began } = work()
    work(undefined, { channel: 'sms' })

    await until('b', 'done')
    assert.equal(began.length, 0)
    await outbox.resume('email')

    await until('a', 'done')
  },

  'takes back a job that waits': async ({ outbox, keep, until }) => {
    await keep({ id: 'a' }, { id: 'b', runAt: systemClock.now() + 600_000 })

    assert.equal(await outbox.cancel('a'), 'cancelled')
    assert.equal(await outbox.cancel('b'), 'cancelled')
    assert.equal(await outbox.cancel('a'), 'gone')
    assert.equal(await outbox.cancel('nobody'), 'gone')

    const view = await until('a', 'cancelled')
    assert.equal((await outbox.get('b'))?.state, 'cancelled')
    assert.ok(view.endedAt !== undefined)
  },

  'does not attempt what was taken back': async ({ outbox, keep, work, until }) => {
    await keep({ id: 'a' }, { id: 'b' })
    await outbox.cancel('a')

    const { began } = work()
    await until('b', 'done')

    assert.deepEqual(
      began.map(({ id }) => id),
      ['b'],
    )
  },

  'tells the worker of a job that is taken back while it is attempted': async ({
    outbox,
    keep,
    work,
    until,
  }) => {
    await keep({ id: 'a' })
    const { began } = work(
      ({ signal }) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => resolve({ type: 'cancelled', record: 'in time' }))
        }),
    )
    await eventually('it has begun', () => began.length === 1)

    assert.equal(await outbox.cancel('a'), 'signalled')

    assert.equal((await until('a', 'cancelled')).record, 'in time')
    assert.ok(began[0]?.signal.reason instanceof JobCancelled)
  },

  'attempts again from the start what is dead': async ({ outbox, keep, work, until }) => {
    await keep({ id: 'a' }, { id: 'b' })
    const { began } = work(({ id, record }): JobOutcome => {
      if (record !== undefined) return done('again')
      return { type: id === 'a' ? 'dead' : 'unknown', record: 'first' }
    })
    await until('a', 'dead')
    await until('b', 'unknown')

    assert.equal(await outbox.replay({}), 1)
    await until('a', 'done')
    assert.equal((await outbox.get('b'))?.state, 'unknown')
    assert.equal(await outbox.replay({ states: ['unknown'], ids: ['b', 'a'] }), 1)
    await until('b', 'done')

    const again = began.filter(({ record }) => record === 'first')
    assert.deepEqual(
      again.map(({ id, attempt }) => [id, attempt]),
      [
        ['a', 1],
        ['b', 1],
      ],
    )
    assert.equal(await outbox.replay({}), 0)
  },
}
