/** Streams of the caller go out whole or not at all, once, and are closed when the message is given up. */
import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { createNotify, failover } from '../../../src/index.ts'
import { lastRaw, message, startBench } from './bench.ts'

async function* twoChunks() {
  yield 'one '
  yield await Promise.resolve('two')
}
const webStream = () => new Blob(['one two']).stream() as unknown as AsyncIterable<Uint8Array>

describe('an inline image', () => {
  it('may be named percent-encoded', async () => {
    await using bench = await startBench()

    await bench.receipt({
      html: '<img src="cid:logo%40shop">',
      attachments: [{ filename: 'a.png', content: 'x', contentId: 'logo@shop' }],
    })

    expect(bench.fake.accepted).toHaveLength(1)
  })
})

describe('a stream', () => {
  it.each([
    ['an async generator', twoChunks],
    ['a web stream', webStream],
    ['a Node stream', () => Readable.from(['one ', 'two'])],
  ])('that was sent is refused the second time, not sent empty: %s', async (_, make) => {
    await using bench = await startBench()
    const attachments = [{ filename: 'a.txt', content: make() }]
    await bench.receipt({ attachments })

    expect(await bench.fail({ attachments })).toMatchObject({
      code: 'INVALID_MESSAGE',
      delivery: 'not_sent',
      issues: [{ path: 'attachments.0.content' }],
    })
    expect(bench.fake.accepted).toHaveLength(1)
    expect(bench.fake.accepted[0]?.raw.toString()).toContain(Buffer.from('one two').toString('base64'))
  })

  it.each([
    ['an async generator', twoChunks],
    ['a web stream', webStream],
    ['a Node stream', () => Readable.from(['one ', 'two'])],
  ])('goes out whole through the provider that stands in, too: %s', async (_, make) => {
    await using first = await startBench()
    await using second = await startBench()
    const notify = createNotify({ channels: { email: failover(first.driver, second.driver) }, retry: false })
    first.fake.refuseNext({ command: 'MESSAGE', reply: '451 4.3.0 Try again later' })

    const attachments = [{ filename: 'a.txt', content: make() }]
    const result = await notify.send('email', { ...message, attachments })

    expect(result).toMatchObject({ status: 'sent', attempts: [{ error: { code: 'UNAVAILABLE' } }, {}] })
    expect(first.fake.accepted).toHaveLength(0)
    expect(lastRaw(second.fake)).toContain(Buffer.from('one two').toString('base64'))
  })

  it('that was sent is refused by another driver too', async () => {
    await using first = await startBench()
    await using second = await startBench()
    const attachments = [{ filename: 'a.txt', content: twoChunks() }]
    await first.receipt({ attachments })

    expect(await second.fail({ attachments })).toMatchObject({
      code: 'INVALID_MESSAGE',
      delivery: 'not_sent',
    })
    expect(second.fake.accepted).toHaveLength(0)
  })

  it('that is frozen is refused, for nobody could know that it was read', async () => {
    await using bench = await startBench()
    const attachments = [{ filename: 'a.txt', content: Object.freeze(twoChunks()) }]

    expect(await bench.fail({ attachments })).toMatchObject({ code: 'INVALID_MESSAGE' })
  })

  it('that hangs is closed on abort, with those behind it', async () => {
    await using bench = await startBench()
    const abort = new AbortController()
    let isCancelled = false
    const stuck = new Readable({ read: () => abort.abort() })
    const web = new ReadableStream({ cancel: () => void (isCancelled = true) })
    const attachments = [
      { filename: 'a', content: stuck },
      { filename: 'b', content: web as unknown as AsyncIterable<Uint8Array> },
    ]

    const result = await bench.send({ attachments }, { signal: abort.signal })

    expect(result).toMatchObject({ status: 'failed', error: { code: 'ABORTED', delivery: 'not_sent' } })
    expect([stuck.destroyed, isCancelled]).toEqual([true, true])
  })

  it('that throws when it is closed on abort harms nobody', async () => {
    await using bench = await startBench()
    const abort = new AbortController()
    const stubborn = {
      [Symbol.asyncIterator]: () => ({
        next: () => {
          abort.abort()
          return new Promise<never>(() => undefined)
        },
        return: () => {
          throw new Error('not now')
        },
      }),
    }

    const result = await bench.send(
      { attachments: [{ filename: 'a', content: stubborn }] },
      { signal: abort.signal },
    )

    expect(result).toMatchObject({ status: 'failed', error: { code: 'ABORTED', delivery: 'not_sent' } })
  })

  it('that waits behind one that is too large is closed', async () => {
    await using bench = await startBench({ config: { maxBytes: 1000 } })
    const waiting = Readable.from(['x'])
    const attachments = [
      { filename: 'a', content: Readable.from(['x'.repeat(2000)]) },
      { filename: 'b', content: waiting },
    ]

    expect(await bench.fail({ attachments })).toMatchObject({ code: 'PAYLOAD_TOO_LARGE' })
    expect(waiting.destroyed).toBe(true)
  })
})
