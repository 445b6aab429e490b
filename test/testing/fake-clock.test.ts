import { describe, expect, it } from 'vitest'
import { smtp } from '../../src/channels/email/index.ts'
import { FakeClock, fakeNotify } from '../../src/testing/index.ts'
import { MemoryNotifier } from '../support/memory-notifier.ts'

describe('a fake clock', () => {
  it('stands still until it is told to go on, and then has both times go on alike', async () => {
    const clock = new FakeClock(1_000)
    const begin = clock.monotonic()

    await clock.advance(250)

    expect(clock.now()).toBe(1_250)
    expect(clock.monotonic() - begin).toBe(250)
  })

  it('fires what falls due, in the order of time, then of age', async () => {
    const clock = new FakeClock()
    const fired: string[] = []
    const start = clock.monotonic()
    const note = (name: string) => () => fired.push(`${name} at ${clock.monotonic() - start}`)
    clock.setTimeout(note('late'), 30)
    clock.setTimeout(note('first'), 10)
    clock.setTimeout(note('second'), 10)
    clock.setTimeout(note('never'), 31)

    await clock.advance(30)

    expect(fired).toEqual(['first at 10', 'second at 10', 'late at 30'])
    expect(clock.pending).toBe(1)
  })

  it('fires what is set on the way too, after the program has had its turn', async () => {
    const clock = new FakeClock()
    const fired: number[] = []
    const again = () => {
      fired.push(clock.monotonic())
      void Promise.resolve().then(() => clock.setTimeout(again, 10))
    }
    clock.setTimeout(again, 10)

    await clock.advance(35)

    expect(fired).toEqual([10, 20, 30])
  })

  it('fires nothing that was cancelled, however often and however late', async () => {
    const clock = new FakeClock()
    const fired: string[] = []
    const timers = ['a', 'b', 'c', 'd'].map((name) => clock.setTimeout(() => fired.push(name), 10))

    timers[1]?.cancel()
    timers[1]?.cancel()
    timers[2]?.cancel()
    await clock.advance(10)
    timers[0]?.cancel()

    expect(fired).toEqual(['a', 'd'])
    expect(clock.pending).toBe(0)
  })

  it('never goes back for a delay below zero, but jumps either way as a wall clock may', async () => {
    const clock = new FakeClock(1_000)
    const fired: number[] = []
    clock.setTimeout(() => fired.push(clock.monotonic()), -50)

    await clock.advance(0)
    clock.jump(-400)

    expect(fired).toEqual([0])
    expect([clock.now(), clock.monotonic()]).toEqual([600, 0])
  })

  it('refuses time that is none', async () => {
    const clock = new FakeClock()

    await expect(clock.advance(-1)).rejects.toThrow('ms: expected a number of 0 or more')
    await expect(clock.advance(Number.NaN)).rejects.toThrow('ms: expected a number')
    expect(() => clock.jump(Number.NaN)).toThrow('ms: expected a number')
  })

  it('lets no time pass while work is held for, and hands on how that ended', async () => {
    const clock = new FakeClock()
    const order: string[] = []
    clock.setTimeout(() => order.push('timer'), 10)
    const working = clock.hold(turns(50).then(() => order.push('work')))
    const failing = clock.hold(Promise.reject(new Error('unreadable')))

    await Promise.all([clock.advance(10), expect(failing).rejects.toThrow('unreadable')])

    expect(order).toEqual(['work', 'timer'])
    expect(await working).toBe(1)
  })

  it('goes on after a while where the work waits for the clock itself', async () => {
    const clock = new FakeClock()
    const work = clock.hold(new Promise<string>((resolve) => clock.setTimeout(() => resolve('done'), 10)))

    await clock.advance(10)

    expect(await work).toBe('done')
  })

  it('serves many timers', async () => {
    const clock = new FakeClock()
    let fired = 0
    for (let count = 0; count < 20_000; count += 1)
      clock.setTimeout(() => (fired += 1), (count * 7_919) % 5_000)

    await clock.advance(5_000)

    expect(fired).toBe(20_000)
  })
})

describe('a test with a fake clock', () => {
  it('sees a retry without waiting, on a channel that reads packages and files too', async () => {
    const clock = new FakeClock()
    const server = { host: '127.0.0.1', port: 1, from: 'shop@example.com' }
    const email = smtp({ ...server, allowFileRoots: [import.meta.dirname] })
    await using notify = fakeNotify({ channels: { email }, clock, retry: { baseDelayMs: 60_000 } })
    notify.failNext('email', 'provider')
    const attachments = [{ path: import.meta.filename }]
    const sending = notify.send('email', { to: 'ann@example.com', subject: 'Hi', text: 'Hi', attachments })

    await clock.advance(60_000)

    expect(await settledNow(sending)).toMatchObject({ status: 'sent' })
    expect(notify.sent('email')).toMatchObject([{ attempt: 2 }])
  })

  it('sees a limit let the next message through', async () => {
    const clock = new FakeClock()
    await using notify = fakeNotify({
      channels: { memory: new MemoryNotifier() },
      clock,
      limits: { providers: { memory: { account: { limit: 1, perMs: 1_000 } } } },
    })
    await notify.send('memory', { to: 'ann' })
    const waiting = notify.send('memory', { to: 'bob' })

    await clock.advance(999)
    const before = notify.sent().length
    await clock.advance(1)

    expect([before, notify.sent().length]).toEqual([1, 2])
    expect((await waiting).status).toBe('sent')
  })

  it('sees a message outlive its use', async () => {
    const clock = new FakeClock()
    await using notify = fakeNotify({ channels: { memory: new MemoryNotifier() }, clock })
    const expiresAt = clock.now() + 60_000

    await clock.advance(60_000)
    const result = await notify.send('memory', { to: 'ann' }, { expiresAt })

    expect(result).toMatchObject({ status: 'skipped', reason: 'expired' })
  })
})

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

/** What it has come to by now; a send that waits for more time has come to nothing. */
function settledNow<T>(sending: Promise<T>): Promise<T | undefined> {
  return Promise.race([sending, turns(1).then(() => undefined)])
}
