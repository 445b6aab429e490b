/** What an outbox keeps, and keeps only once. */
import assert from 'node:assert/strict'
import { systemClock } from '../../core/clock.ts'
import { done, eventually, type Tests } from './bench.ts'

const ODD = 'quotes " \' ` \\ and \u2028 \ud83d\ude00 \u4f60\u597d \\u0000'

export const keeping: Tests = {
  'answers in the order of the jobs': async ({ outbox }) => {
    const jobs = ['c', 'a', 'b'].map((id) => ({ id, channel: 'email', payload: '{}' }))

    const answers = await outbox.enqueue(jobs)

    const expected = ['c', 'a', 'b'].map((id) => ({ id, status: 'accepted' }))
    assert.deepEqual([...answers], expected)
    assert.deepEqual([...(await outbox.enqueue([]))], [])
  },

  'shows a job that waits': async ({ outbox }) => {
    const before = systemClock.now()
    await outbox.enqueue([{ id: 'a', channel: 'sms', payload: '{"to":"ann"}' }])

    const view = await outbox.get('a')

    assert.ok(view)
    const { createdAt, runAt, ...rest } = view
    const expected = { id: 'a', channel: 'sms', payload: '{"to":"ann"}', state: 'ready', attempts: 0 }
    assert.deepEqual(rest, { ...expected, record: undefined, endedAt: undefined })
    assert.ok(Math.abs(createdAt - before) < 60_000 && runAt <= createdAt + 60_000)
    assert.equal(await outbox.get('nobody'), undefined)
  },

  'gives every attempt the payload as it was, to the last character': async ({ keep, work }) => {
    const payloads = [JSON.stringify({ ODD }), JSON.stringify('x'.repeat(200_000)), '""']
    await keep(...payloads.map((payload) => ({ payload })))

    const { began } = work(undefined, { concurrency: 1 })
    await eventually('all have begun', () => began.length === payloads.length)

    assert.deepEqual(
      began.map(({ payload }) => payload),
      payloads,
    )
  },

  'keeps one job of an id': async ({ outbox, keep }) => {
    await keep({ id: 'a', payload: '1' })

    const [answer] = await outbox.enqueue([{ id: 'a', channel: 'email', payload: '2' }])

    assert.deepEqual(answer, { id: 'a', status: 'duplicate' })
    assert.equal((await outbox.get('a'))?.payload, '1')
  },

  'keeps one job of an id, also of several in one call': async ({ outbox }) => {
    const jobs = ['a', 'a', 'b'].map((id, at) => ({ id, channel: 'email', payload: String(at) }))

    const answers = await outbox.enqueue(jobs)

    assert.deepEqual(
      answers.map(({ status }) => status),
      ['accepted', 'duplicate', 'accepted'],
    )
    assert.equal((await outbox.get('a'))?.payload, '0')
  },

  'keeps one job of a key, also of several in one call': async ({ outbox }) => {
    const job = (id: string) => ({ id, channel: 'email', payload: '{}', key: 'receipt-1' })

    const first = await outbox.enqueue([job('a'), job('b')])
    const second = await outbox.enqueue([job('c'), { ...job('d'), key: 'receipt-2' }])

    assert.deepEqual(
      [...first, ...second],
      [
        { id: 'a', status: 'accepted' },
        { id: 'a', status: 'duplicate' },
        { id: 'a', status: 'duplicate' },
        { id: 'd', status: 'accepted' },
      ],
    )
    assert.equal(await outbox.get('c'), undefined)
  },

  'keeps one job of a key when many ask at once': async ({ outbox }) => {
    const ask = (id: string) => outbox.enqueue([{ id, channel: 'email', payload: '{}', key: 'receipt-1' }])

    const answers = (await Promise.all(['a', 'b', 'c', 'd', 'e'].map(ask))).flat()

    assert.equal(answers.filter(({ status }) => status === 'accepted').length, 1)
    assert.equal(new Set(answers.map(({ id }) => id)).size, 1)
  },

  'holds a key after its job has ended and was deleted': async ({ outbox, keep, work, until }) => {
    await keep({ id: 'a', key: 'receipt-1' })
    work()
    await until('a', 'done')
    await outbox.purge({})
    assert.equal(await outbox.get('a'), undefined)

    const [answer] = await outbox.enqueue([{ id: 'b', channel: 'email', payload: '{}', key: 'receipt-1' }])

    assert.deepEqual(answer, { id: 'a', status: 'duplicate' })
  },

  'frees a key when its time is over': async ({ outbox }) => {
    const ask = async (id: string) => {
      const [answer] = await outbox.enqueue([
        { id, channel: 'email', payload: '{}', key: 'receipt-1', keyTtlMs: 50 },
      ])
      return answer?.status
    }
    assert.equal(await ask('a'), 'accepted')

    let next = 0
    await eventually('the key is free', async () => (await ask(`b${(next += 1)}`)) === 'accepted')
  },

  'keeps what waits when it is closed': async ({ outbox, keep, harness, work }) => {
    await keep({ id: 'a' })
    await outbox.close()
    if (outbox.promises.reach === 'process') return

    const again = await harness.open()
    const { began } = work(undefined, { outbox: again })
    await eventually('it is attempted', () => began.length === 1)
    await again.close()
  },

  'can be closed twice': async ({ outbox }) => {
    await outbox.close()
    await outbox.close()
  },

  'lists by state, channel and id': async ({ outbox, keep, work, until }) => {
    await keep({ id: 'a' }, { id: 'b', channel: 'sms' }, { id: 'c' })
    work(({ id }) => (id === 'a' ? done() : { type: 'dead', record: '' }))
    await until('a', 'done')
    await until('c', 'dead')

    const ids = async (filter: Parameters<typeof outbox.list>[0]) =>
      (await outbox.list(filter)).jobs.map(({ id }) => id).sort()

    assert.deepEqual(await ids({}), ['a', 'b', 'c'])
    assert.deepEqual(await ids({ channel: 'sms' }), ['b'])
    assert.deepEqual(await ids({ states: ['done', 'dead'] }), ['a', 'c'])
    assert.deepEqual(await ids({ states: ['dead'], channel: 'email' }), ['c'])
    assert.deepEqual(await ids({ ids: ['b', 'c', 'nobody'] }), ['b', 'c'])
    assert.deepEqual(await ids({ states: [] }), [])
  },

  'lists page by page, each job once': async ({ outbox, keep }) => {
    const ids = Array.from({ length: 23 }, (_, at) => `job-of-page-${at}`)
    await keep(...ids.map((id, at) => ({ id, channel: at % 2 === 0 ? 'email' : 'sms' })))

    const found: string[] = []
    let after: string | undefined
    do {
      const page = await outbox.list({}, { limit: 5, ...(after !== undefined && { after }) })
      assert.ok(page.jobs.length <= 5)
      found.push(...page.jobs.map(({ id }) => id))
      after = page.next
    } while (after !== undefined)

    assert.deepEqual(found.sort(), ids.sort())
  },

  'counts by channel and state': async ({ outbox, keep, work, until }) => {
    await keep({ id: 'a' }, { id: 'b' }, { id: 'c', channel: 'sms' }, { id: 'd', channel: 'sms' })
    await keep({ id: 'e', channel: 'sms', runAt: systemClock.now() + 600_000 })
    work(({ id }) => (id === 'a' ? done() : { type: 'unknown', record: '' }))
    await until('a', 'done')
    await until('b', 'unknown')
    await outbox.cancel('d')

    const { email, sms } = await outbox.counts()

    const none = { ready: 0, scheduled: 0, leased: 0, done: 0, dead: 0, unknown: 0, cancelled: 0 }
    assert.deepEqual(email, { ...none, done: 1, unknown: 1 })
    assert.deepEqual(sms, { ...none, ready: 1, scheduled: 1, cancelled: 1 })
  },

  'deletes what has ended, and only that': async ({ outbox, keep, work, until }) => {
    await keep({ id: 'a' }, { id: 'b' }, { id: 'c', channel: 'sms' })
    work(({ id }) => (id === 'a' ? done() : { type: 'dead', record: '' }))
    await until('a', 'done')
    const { endedAt = 0 } = await until('b', 'dead')

    assert.equal(await outbox.purge({ endedBefore: endedAt - 60_000 }), 0)
    assert.equal(await outbox.purge({ states: ['ready', 'leased'] }), 0)
    assert.equal(await outbox.purge({ states: ['dead'] }), 1)
    assert.equal(await outbox.purge({ channel: 'sms' }), 0)
    assert.equal(await outbox.purge({ endedBefore: endedAt + 60_000 }), 1)

    const { jobs } = await outbox.list({})
    assert.deepEqual(
      jobs.map(({ id }) => id),
      ['c'],
    )
  },
}
