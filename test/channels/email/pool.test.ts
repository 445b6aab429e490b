/** Connections are few, shared, checked before they are used again, and gone after close. */
import { execFile } from 'node:child_process'
import { getEventListeners } from 'node:events'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { Attempt } from '../../../src/core/delivery.ts'
import { FakeClock } from '../../../src/testing/fake-clock.ts'
import { message, startBench } from './bench.ts'

/** Resolves once the condition holds; the events it waits for come from sockets. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}

describe('connections', () => {
  it('are used again: three messages one after the other take one', async () => {
    await using bench = await startBench()

    for (let count = 0; count < 3; count += 1) await bench.receipt()

    expect(bench.fake).toMatchObject({ connectionsMade: 1 })
    expect(bench.fake.accepted).toHaveLength(3)
  })

  it('are never more than maxConnections, however many messages wait', async () => {
    await using bench = await startBench({ config: { pool: { maxConnections: 2 } } })

    const receipts = await Promise.all(Array.from({ length: 12 }, () => bench.receipt()))

    expect(receipts).toHaveLength(12)
    expect(bench.fake.connectionsMade).toBe(2)
  })

  it('are replaced after maxMessages, with a QUIT', async () => {
    await using bench = await startBench({ config: { pool: { maxMessages: 2 } } })

    for (let count = 0; count < 5; count += 1) await bench.receipt()

    expect(bench.fake.connectionsMade).toBe(3)
    expect(bench.fake.commands.filter((verb) => verb === 'QUIT')).toHaveLength(2)
  })

  it('count until they are closed: a QUIT without an answer holds the place for a second', async () => {
    const clock = new FakeClock()
    await using bench = await startBench({ clock, config: { pool: { maxConnections: 1, maxMessages: 1 } } })
    // An unfinished reply: the driver waits for its last line.
    bench.fake.refuseNext({ command: 'QUIT', reply: '221-still' })
    await bench.receipt()
    const second = bench.send()
    await until(() => bench.fake.commands.includes('QUIT'))
    await clock.advance(999)
    expect(bench.fake.connectionsMade).toBe(1)

    await clock.advance(1)

    expect(await second).toMatchObject({ status: 'sent' })
    expect(bench.fake.connectionsMade).toBe(2)
  })

  it('are closed after idleMs without work', async () => {
    const clock = new FakeClock()
    await using bench = await startBench({ clock, config: { pool: { idleMs: 5000 } } })
    await bench.receipt()

    await clock.advance(4999)
    expect(bench.fake.connections).toBe(1)
    await clock.advance(1)
    await until(() => bench.fake.connections === 0)

    expect(bench.fake.commands.at(-1)).toBe('QUIT')
    await bench.receipt()
    expect(bench.fake.connectionsMade).toBe(2)
  })

  it('are asked for a sign of life after pingAfterMs, and not before', async () => {
    const clock = new FakeClock()
    await using bench = await startBench({ clock, config: { pool: { pingAfterMs: 1000, idleMs: 60_000 } } })
    await bench.receipt()
    await bench.receipt()
    expect(bench.fake.commands).not.toContain('RSET')

    await clock.advance(1000)
    await bench.receipt()

    expect(bench.fake.commands.filter((verb) => verb === 'RSET')).toHaveLength(1)
    expect(bench.fake.connectionsMade).toBe(1)
  })

  it('that give no sign of life are replaced, and the message goes out', async () => {
    const clock = new FakeClock()
    await using bench = await startBench({ clock, config: { pool: { pingAfterMs: 1000 } } })
    await bench.receipt()
    await clock.advance(1000)
    bench.fake.refuseNext({ command: 'RSET', reply: '421 4.4.2 Idle for too long' })

    await bench.receipt()

    expect(bench.fake.connectionsMade).toBe(2)
  })

  it('that the server closed while idle are replaced', async () => {
    await using bench = await startBench()
    await bench.receipt()
    bench.fake.dropConnections()
    await until(() => bench.fake.connections === 0)

    await bench.receipt()

    expect(bench.fake.connectionsMade).toBe(2)
  })

  it('that turn out to be closed in the envelope are replaced at once, in one attempt', async () => {
    await using bench = await startBench()
    await bench.receipt()
    const happened = bench.fake.failNext('unreachable')

    const result = await bench.send()

    await happened
    expect(result).toMatchObject({ status: 'sent' })
    expect(result.attempts).toHaveLength(1)
    expect(bench.fake.accepted).toHaveLength(2)
  })

  it('whose server says 421 in the envelope, having been idle, are replaced at once', async () => {
    await using bench = await startBench()
    await bench.receipt()
    bench.fake.refuseNext({ command: 'MAIL', reply: '421 4.4.2 Idle for too long' })

    expect(await bench.send()).toMatchObject({ status: 'sent' })
    expect(bench.fake.accepted).toHaveLength(2)
  })

  it('that break after the final dot are not tried again: the message may be there', async () => {
    await using bench = await startBench()
    await bench.receipt()
    void bench.fake.failNext('reset_accepted')

    const result = await bench.send()

    expect(result).toMatchObject({ status: 'failed', error: { code: 'UNAVAILABLE', delivery: 'unknown' } })
    expect(bench.fake.accepted).toHaveLength(2)
  })

  it('that are new and break in the envelope are a failure, and not tried again here', async () => {
    await using bench = await startBench()
    bench.fake.refuseNext({ command: 'MAIL', reply: '421 4.7.0 Too many errors' })

    expect(await bench.fail()).toMatchObject({ code: 'RATE_LIMITED', delivery: 'not_sent' })
    expect(bench.fake.connectionsMade).toBe(1)
  })
})

describe('after a refusal', () => {
  it('the connection is reset and used again', async () => {
    await using bench = await startBench()
    bench.fake.refuseNext({ command: 'RCPT', reply: '550 5.1.1 No such user' })
    await bench.fail()
    await until(() => bench.fake.commands.includes('RSET'))
    await until(() => bench.fake.connections === 1)

    await bench.receipt()

    expect(bench.fake.accepted).toHaveLength(1)
    expect(bench.fake.commands.filter((verb) => verb === 'RSET')).toHaveLength(1)
  })

  it('a connection whose reset fails is dropped', async () => {
    await using bench = await startBench({ config: { pool: { maxConnections: 1 } } })
    bench.fake.refuseNext({ command: 'MESSAGE', reply: '550 5.7.1 Spam' })
    bench.fake.refuseNext({ command: 'RSET', reply: '502 5.5.1 What' })
    await bench.fail()

    await bench.receipt()

    expect(bench.fake.connectionsMade).toBe(2)
  })

  it('of the protocol itself the connection is dropped', async () => {
    await using bench = await startBench({ config: { pool: { maxConnections: 1 } } })
    bench.fake.refuseNext({ command: 'MAIL', reply: '503 5.5.1 Bad sequence of commands' })
    expect(await bench.fail()).toMatchObject({ code: 'DRIVER_FAILED', delivery: 'not_sent' })

    await bench.receipt()

    expect(bench.fake.connectionsMade).toBe(2)
    expect(bench.fake.commands).not.toContain('RSET')
  })
})

describe('close', () => {
  it('waits for the message under way and then says QUIT on every connection', async () => {
    await using bench = await startBench()
    await Promise.all([bench.receipt(), bench.receipt()])
    const sending = bench.send()
    const closing = bench.notify.close()

    expect(await sending).toMatchObject({ status: 'sent' })
    await closing
    await until(() => bench.fake.connections === 0)

    expect(bench.fake.commands.filter((verb) => verb === 'QUIT')).toHaveLength(bench.fake.connectionsMade)
  })

  it('refuses messages that wait for a connection, and those that come later', async () => {
    await using bench = await startBench({ config: { pool: { maxConnections: 1 } } })
    const first = bench.send()
    const waiting = bench.send()
    await until(() => bench.fake.connectionsMade === 1)
    await bench.driver.close()

    expect(await first).toMatchObject({ status: 'sent' })
    expect(await waiting).toMatchObject({ status: 'failed', error: { code: 'CLOSED', delivery: 'not_sent' } })
    expect(await bench.fail()).toMatchObject({ code: 'CLOSED', delivery: 'not_sent' })
  })

  it('leaves a message that gives up waiting out of the queue', async () => {
    await using bench = await startBench({ config: { pool: { maxConnections: 1 } } })
    const happened = bench.fake.failNext('stall')
    const holding = new AbortController()
    const first = bench.send({}, { signal: holding.signal })
    await happened
    const gaveUp = await bench.send({}, { signal: AbortSignal.timeout(20) })
    const third = bench.send()
    holding.abort()

    expect(gaveUp).toMatchObject({ status: 'failed', error: { code: 'ABORTED', delivery: 'not_sent' } })
    expect(await first).toMatchObject({ error: { code: 'ABORTED', delivery: 'unknown' } })
    expect(await third).toMatchObject({ status: 'sent' })
  })

  it.each(['after close', 'with an idle connection left open'])('lets the process end %s', async (how) => {
    await using bench = await startBench()
    const script = join(import.meta.dirname, 'process-exit.ts')
    const args = [
      '--import',
      'tsx',
      script,
      String(bench.fake.port),
      how === 'after close' ? 'close' : 'leave',
    ]

    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 15_000 })

    expect(stdout).toBe('sent')
    expect(bench.fake.accepted.at(-1)?.to).toEqual([message.to])
  })
})

describe('a line that went dead without a word', () => {
  it('is given five seconds to answer, then replaced', async () => {
    const clock = new FakeClock()
    await using bench = await startBench({ clock, config: { pool: { pingAfterMs: 1000 } } })
    await bench.receipt()
    await clock.advance(1000)
    // An unfinished reply: the driver waits for its last line.
    bench.fake.refuseNext({ command: 'RSET', reply: '250-still' })
    const sending = bench.send()
    await until(() => bench.fake.commands.includes('RSET'))

    await clock.advance(5000)

    expect(await sending).toMatchObject({ status: 'sent' })
    expect(bench.fake.connectionsMade).toBe(2)
  })
})

describe('a finished send', () => {
  it('leaves no listener on its signal, whether it was sent or refused', async () => {
    await using bench = await startBench()
    const attempts = [new Attempt({ id: 'one' }), new Attempt({ id: 'two' })]
    const [accepted, refused] = attempts as [Attempt, Attempt]

    await bench.driver.send(bench.driver.parse(message), accepted)
    bench.fake.refuseNext({ command: 'RCPT', reply: '550 5.1.1 No such user' })
    await expect(bench.driver.send(bench.driver.parse(message), refused)).rejects.toThrow()

    expect(attempts.flatMap(({ signal }) => getEventListeners(signal, 'abort'))).toEqual([])
  })
})
