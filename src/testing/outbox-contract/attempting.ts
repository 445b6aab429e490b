/** In which order jobs are attempted, how often, and what becomes of them. */
import assert from 'node:assert/strict'
import { systemClock } from '../../core/clock.ts'
import type { JobOutcome, LeasedJob } from '../../core/outbox.ts'
import { done, eventually, gate, type Tests } from './bench.ts'

export const attempting: Tests = {
  'attempts the most urgent first, and the oldest of equally urgent ones': async ({ outbox, keep, work }) => {
    await outbox.pause('email')
    await keep({ id: 'a' }, { id: 'b', priority: 1_000 }, { id: 'c', priority: -1_000 }, { id: 'd' })
    await keep({ id: 'e', priority: 1_000 }, { id: 'f', priority: 1 })
    const { began } = work(undefined, { concurrency: 1 })
    await outbox.resume('email')

    await eventually('all have begun', () => began.length === 6)

    assert.deepEqual(
      began.map(({ id }) => id),
      ['b', 'e', 'f', 'a', 'd', 'c'],
    )
  },

  'hands out what it was given, as a first attempt': async ({ keep, work }) => {
    await keep({ id: 'a', channel: 'sms', payload: '{"x":1}' })

    const { began } = work(undefined, { channel: 'sms' })
    await eventually('it has begun', () => began.length === 1)

    const [{ signal, ...rest }] = began as [LeasedJob]
    assert.deepEqual(rest, {
      ...{ id: 'a', channel: 'sms', payload: '{"x":1}' },
      ...{ attempt: 1, isAmbiguous: false, record: undefined },
    })
    assert.equal(signal.aborted, false)
  },

  'does not attempt a job before its time': async ({ outbox, keep, work }) => {
    const runAt = systemClock.now() + 300
    await keep({ id: 'later', runAt }, { id: 'now' })
    const times: number[] = []
    const { began } = work(() => {
      times.push(systemClock.now())
      return done()
    })
    assert.equal((await outbox.get('later'))?.state, 'scheduled')

    await eventually('both have begun', () => began.length === 2)

    assert.deepEqual(
      began.map(({ id }) => id),
      ['now', 'later'],
    )
    // Timers may fire up to a millisecond early.
    assert.ok((times[1] ?? 0) >= runAt - 2)
  },

  ...endings(),

  'attempts again after the delay, and hands on what was written': async ({ keep, work, until, outbox }) => {
    await keep({ id: 'a' })
    const times: number[] = []
    const { began, settled } = work(({ attempt }) => {
      times.push(systemClock.monotonic())
      return attempt === 3 ? done('three') : { type: 'retry', delayMs: 200, record: `after ${attempt}` }
    })

    await eventually('it waits', async () => (await outbox.get('a'))?.record === 'after 1')
    const view = await until('a', 'done')
    await eventually('its worker was told of all', () => settled.length === 3)

    assert.deepEqual(
      began.map(({ attempt, record, isAmbiguous }) => [attempt, record, isAmbiguous]),
      [
        [1, undefined, false],
        [2, 'after 1', false],
        [3, 'after 2', false],
      ],
    )
    assert.equal(view.attempts, 3)
    assert.ok((times[1] ?? 0) - (times[0] ?? 0) >= 190)
  },

  'puts a job off without counting the attempt': async ({ keep, work, until }) => {
    await keep({ id: 'a' })
    const { began } = work((_, turn) => {
      if (turn > 3) return done()
      return { type: 'defer', delayMs: 20, record: `put off ${turn}` }
    })

    const view = await until('a', 'done')

    assert.deepEqual(
      began.map(({ attempt }) => attempt),
      [1, 1, 1, 1],
    )
    assert.equal(began[3]?.record, 'put off 3')
    assert.equal(view.attempts, 1)
  },

  'puts a job off that was attempted before, and goes on counting': async ({ keep, work, until }) => {
    await keep({ id: 'a' })
    const plays: JobOutcome[] = [
      { type: 'retry', delayMs: 10, record: '1' },
      { type: 'defer', delayMs: 10, record: '2' },
      { type: 'retry', delayMs: 10, record: '3' },
      done('4'),
    ]
    const { began } = work((_, turn) => plays[turn - 1] ?? done())

    await until('a', 'done')

    assert.deepEqual(
      began.map(({ attempt, record }) => [attempt, record]),
      [
        [1, undefined],
        [2, '1'],
        [2, '2'],
        [3, '3'],
      ],
    )
  },

  'hands out again what ended without a word, as one that may have gone out': async (bench) => {
    const { keep, work, until } = bench
    await keep({ id: 'a' })
    const { began, settled } = work(({ attempt }) => {
      if (attempt === 1) throw new Error('The worker is broken')
      return done()
    })

    const view = await until('a', 'done')

    assert.deepEqual(
      began.map(({ attempt, isAmbiguous }) => [attempt, isAmbiguous]),
      [
        [1, false],
        [2, true],
      ],
    )
    assert.equal(view.attempts, 2)
    await eventually('its worker was told', () => settled.length >= 1)
  },

  'attempts as many at once as it was told, and no more': async ({ keep, work, outbox }) => {
    await keep(...Array.from({ length: 30 }, () => ({})))
    const { passed, open } = gate()
    const play = async () => {
      await passed
      return done()
    }
    const { began, most } = work(play, { concurrency: 4 })

    await eventually('four are attempted', () => began.length >= 4)
    open()
    await eventually('all are done', async () => (await outbox.counts())['email']?.done === 30)

    assert.equal(most(), 4)
  },

  'attempts the jobs of one channel while those of another wait': async ({ keep, work, until }) => {
    await keep({ id: 'a' }, { id: 'b', channel: 'sms' })

    const sms = work(undefined, { channel: 'sms' })
    await until('b', 'done')

    assert.deepEqual(
      sms.began.map(({ id }) => id),
      ['b'],
    )
  },

  'closes a consumer when what it attempts has ended, and takes no more': async ({ keep, work, outbox }) => {
    await keep({ id: 'a' })
    const { passed, open } = gate()
    const { began, consumer, settled } = work(async () => {
      await passed
      return done()
    })
    await eventually('it has begun', () => began.length === 1)

    const closing = consumer.close()
    await keep({ id: 'b' })
    open()
    await closing
    await consumer.close()

    assert.equal(settled.length, 1)
    assert.equal((await outbox.get('a'))?.state, 'done')
    assert.equal((await outbox.get('b'))?.state, 'ready')
  },

  'takes nothing for as long as it is throttled': async ({ keep, work, until }) => {
    const times: number[] = []
    const { consumer } = work(() => {
      times.push(systemClock.monotonic())
      return done()
    })
    const before = systemClock.monotonic()
    consumer.throttle(300)
    await keep({ id: 'a' })

    await until('a', 'done')

    assert.ok((times[0] ?? 0) - before >= 290)
  },
}

function endings(): Tests {
  const types = ['done', 'dead', 'unknown', 'cancelled'] as const
  return Object.fromEntries(
    types.map((type) => [
      `ends a job as ${type}, and tells its worker once that is kept`,
      async ({ keep, work, until, outbox }) => {
        await keep({ id: 'a' })
        const { began, settled } = work(() => ({ type, record: `it was ${type}` }))

        const view = await until('a', type)
        await eventually('its worker was told', () => settled.length >= 1)

        assert.equal(view.record, `it was ${type}`)
        assert.equal(view.attempts, 1)
        assert.ok(Math.abs((view.endedAt ?? 0) - systemClock.now()) < 60_000)
        assert.deepEqual(settled, [{ type, record: `it was ${type}` }])
        assert.equal(began.length, 1)
        assert.equal(await outbox.cancel('a'), 'gone')
      },
    ]),
  )
}
