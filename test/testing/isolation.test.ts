import { EventEmitter, once } from 'node:events'
import { aroundEach, describe, expect, it, test } from 'vitest'
import { createNotify, roundRobin } from '../../src/index.ts'
import { fakeNotify, type FakeNotify } from '../../src/testing/index.ts'
import { MemoryNotifier } from '../support/memory-notifier.ts'

const notify = fakeNotify({ channels: { memory: new MemoryNotifier() } })
const recipients = (of: Pick<typeof notify, 'sent'> = notify) =>
  of.sent('memory').map(({ input }) => input?.to)

/** Resolves in every test at the same moment: once all of `count` have come here. */
function meetingOf(count: number): () => Promise<void> {
  let missing = count
  let open: () => void = () => undefined
  const met = new Promise<void>((resolve) => {
    open = resolve
  })
  return () => {
    missing -= 1
    if (missing === 0) open()
    return met
  }
}

/** As many as vitest runs at the same time: more would wait for each other. */
const names = Array.from({ length: 5 }, (_, index) => `person-${index}`)

/** How code gets from one place to another in an app. None of them knows of the test. */
const ways: Record<string, (send: () => Promise<unknown>) => Promise<unknown>> = {
  'a promise': (send) => Promise.resolve().then(send),
  'a timer': (send) => new Promise((resolve) => setTimeout(() => resolve(send()), 2)),
  'the next tick and the next turn': (send) =>
    new Promise((resolve) => process.nextTick(() => setImmediate(() => resolve(send())))),
  'an event emitter that all tests share': async (send) => {
    const key = `order-${Math.random()}`
    const done = once(bus, `${key}-done`)
    bus.once(key, () => void send().then(() => bus.emit(`${key}-done`)))
    bus.emit(key)
    await done
  },
  'a queue whose worker it starts': async (send) => {
    const jobs = [send]
    const worker = (async () => {
      for (let job = jobs.shift(); job; job = jobs.shift()) await job()
    })()
    await worker
  },
  'an async generator': async (send) => {
    async function* steps() {
      yield await send()
    }
    for await (const step of steps()) void step
  },
}
const bus = new EventEmitter().setMaxListeners(100)

describe.each(Object.keys(ways))('through %s', (way) => {
  const meet = meetingOf(names.length)

  test.concurrent.each(names)(
    '%s sees nothing of what the others send at the same time',
    notify.isolated(async (name: string) => {
      await meet()
      await ways[way]?.(() => notify.send('memory', { to: name }))
      await ways[way]?.(() => notify.send('memory', { to: `${name}-again` }))

      expect(recipients()).toEqual([name, `${name}-again`])
    }),
  )
})

describe('what is told in one test', () => {
  const meet = meetingOf(3)

  it.concurrent(
    'fails in that test',
    notify.isolated(async () => {
      notify.failWith('memory', 'credentials')
      await meet()

      const result = await notify.send('memory', { to: 'ann' }, { idempotencyKey: 'the-same-in-all' })

      expect(result).toMatchObject({ status: 'failed', error: { code: 'UNAUTHORIZED' } })
      expect(notify.health().memory[0]?.state).toBe('open')
    }),
  )

  it.concurrent.each(['bob', 'eve'])(
    'but not in that of %s, nor are its circuit and its keys',
    notify.isolated(async (to: string) => {
      await meet()

      const result = await notify.send('memory', { to }, { idempotencyKey: 'the-same-in-all' })

      expect(result.status).toBe('sent')
      expect(result.duplicate).toBeUndefined()
      expect(notify.health().memory[0]?.state).toBe('closed')
    }),
  )
})

describe('a mailbox', () => {
  it('is shared by everything outside of isolated tests', async () => {
    const own = fakeNotify({ channels: { memory: new MemoryNotifier() } })

    await own.isolated(() => own.send('memory', { to: 'inside' }))()
    await own.send('memory', { to: 'outside' })

    expect(recipients(own)).toEqual(['outside'])
  })

  it('is new at every call, also where a test is tried again', async () => {
    const own = fakeNotify({ channels: { memory: new MemoryNotifier() } })
    const attempt = own.isolated(async () => {
      await own.send('memory', { to: 'ann' })
      return recipients(own)
    })

    expect([await attempt(), await attempt()]).toEqual([['ann'], ['ann']])
  })

  it('is cleared for its own test only', async () => {
    const own = fakeNotify({ channels: { memory: new MemoryNotifier() } })
    await own.send('memory', { to: 'outside' })

    await own.isolated(async () => {
      await own.send('memory', { to: 'inside' })
      own.clear()
      expect(own.sent()).toEqual([])
    })()

    expect(recipients(own)).toEqual(['outside'])
  })

  it('gets nothing of a test that has ended, however late that sends', async () => {
    const own = fakeNotify({ channels: { memory: new MemoryNotifier() } })
    let sendLate: () => Promise<unknown> = () => Promise.resolve()
    await own.isolated(async () => {
      const bell = new EventEmitter()
      const late = once(bell, 'ring').then(() => own.send('memory', { to: 'late' }))
      sendLate = () => (bell.emit('ring'), late)
      await Promise.resolve()
    })()

    await sendLate()

    expect(recipients(own)).toEqual([])
  })

  it('of sendMany is that of the test which began it', async () => {
    const own = fakeNotify({ channels: { memory: new MemoryNotifier() } })
    const seen = await own.isolated(async () => {
      const results = own.sendMany('memory', [{ to: 'a' }, { to: 'b' }])
      for await (const result of results) void result
      return recipients(own)
    })()

    expect(seen).toEqual(['a', 'b'])
    expect(recipients(own)).toEqual([])
  })
})

describe('with aroundEach', () => {
  const seen: unknown[] = []
  const own = fakeNotify({ channels: { memory: new MemoryNotifier() } })
  aroundEach(async (runTest) => {
    await own.isolated(runTest)()
  })

  it.each(['ann', 'bob'])('every test of a file is isolated: %s', async (to) => {
    await own.send('memory', { to })
    seen.push(...recipients(own))
    expect(recipients(own)).toEqual([to])
  })

  it('and sees nothing of the ones before', () => {
    expect(own.sent()).toEqual([])
    expect(seen).toEqual(['ann', 'bob'])
  })
})

describe('an isolated test function', () => {
  const withDatabase = test.extend<{ database: string }>({
    database: async ({}, use) => {
      await use('fixture')
    },
  })

  withDatabase(
    'still gets its fixtures',
    notify.isolated(async ({ database }: { database: string }) => {
      await notify.send('memory', { to: database })
      expect(recipients()).toEqual(['fixture'])
    }),
  )

  it('still tells the runner how many parameters it has, and gives back what it returns', () => {
    const withDone = notify.isolated((done: () => void, more: number) => [done, more])
    const done = () => undefined

    expect(withDone.length).toBe(2)
    expect(withDone(done, 1)).toEqual([done, 1])
  })

  it('does not reach code that runs elsewhere: what a worker of the app sends is in the shared mailbox', async () => {
    const own: FakeNotify<{ memory: MemoryNotifier }> = fakeNotify({
      channels: { memory: new MemoryNotifier() },
    })
    const jobs = new EventEmitter()
    const worker = once(jobs, 'job').then(([to]: string[]) => own.send('memory', { to: String(to) }))

    await own.isolated(async () => {
      jobs.emit('job', 'ann')
      await worker
      expect(own.sent()).toEqual([])
    })()

    expect(recipients(own)).toEqual(['ann'])
  })

  it('leaves a real Notify alone', async () => {
    const memory = new MemoryNotifier()
    const real = createNotify({ channels: { memory } })

    await notify.isolated(() => real.send('memory', { to: 'ann' }))()

    expect(memory.sent).toHaveLength(1)
  })
})

it('begins the turns of round robin anew in every isolated test', async () => {
  const [one, other] = [new MemoryNotifier(), new Second()]
  const notify = fakeNotify({ channels: { memory: roundRobin(one, other) } })
  const carriers: string[] = []

  for (let test = 0; test < 3; test += 1) {
    await notify.isolated(async () => {
      for (let sent = 0; sent < 2; sent += 1)
        carriers.push((await notify.send('memory', { to: 'a' })).provider)
    })()
  }

  expect(carriers).toEqual(['memory', 'second', 'memory', 'second', 'memory', 'second'])
})

class Second extends MemoryNotifier {
  override readonly provider = 'second' as 'memory'
}
