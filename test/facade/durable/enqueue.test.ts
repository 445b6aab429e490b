import { Readable } from 'node:stream'
import { expect, it } from 'vitest'
import { createNotify } from '../../../src/index.ts'
import { MemoryNotifier } from '../../support/memory-notifier.ts'
import { newBench } from './support/bench.ts'

it('delivers what was enqueued, and tells the whole story', async () => {
  const { notify, enqueue, until, driver, typesOf } = newBench()

  const id = await enqueue('hello')
  const story = await until(id, 'sent')

  expect(driver.sent).toEqual([{ to: 'ann', text: 'hello' }])
  expect(story).toMatchObject({ id, channel: 'memory', status: 'sent', receipt: { providerId: 'p-1' } })
  expect(story.attempts).toMatchObject([{ provider: 'memory' }])
  expect(typesOf(id)).toEqual(expect.arrayContaining(['queued', 'attempt', 'sent']))
  await notify.close()
})

it('answers with the id, the channel and the provider', async () => {
  const { notify } = newBench()

  const result = await notify.enqueue('memory', { to: 'ann' })

  expect(result).toMatchObject({ status: 'queued', channel: 'memory', provider: 'memory', attempts: [] })
  await notify.close()
})

it('keeps nothing that could never be sent', async () => {
  const { notify } = newBench()

  const result = await notify.enqueue('memory', { to: '' })

  expect(result).toMatchObject({ status: 'failed', error: { code: 'INVALID_MESSAGE' } })
  expect((await notify.outbox.list()).deliveries).toEqual([])
  await notify.close()
})

it('names every wrong option at once', async () => {
  const { notify } = newBench()

  const result = await notify.enqueue(
    'memory',
    { to: 'ann' },
    { delayMs: -1, priority: 0.5, at: 'soon' as never },
  )

  expect(result.status === 'failed' && result.error.issues?.map(({ path }) => path)).toEqual([
    'options.delayMs',
    'options.priority',
    'options.at',
  ])
  await notify.close()
})

it('refuses a delay together with an instant', async () => {
  const { notify } = newBench()

  const result = await notify.enqueue('memory', { to: 'ann' }, { delayMs: 5, at: Date.now() })

  expect(result).toMatchObject({ status: 'failed', error: { code: 'INVALID_MESSAGE' } })
  await notify.close()
})

it('says what to pass where there is no outbox', async () => {
  const notify = createNotify({ channels: { memory: new MemoryNotifier() } })

  const result = await notify.enqueue('memory', { to: 'ann' })

  expect(result).toMatchObject({
    status: 'failed',
    error: { code: 'INVALID_CONFIG', issues: [{ path: 'outbox' }] },
  })
  await expect(notify.status('x')).rejects.toThrow(/outbox/)
  await notify.close()
})

it('throws in debug mode', async () => {
  const { notify } = newBench({ options: { debug: true } })

  await expect(notify.enqueue('memory', { to: '' })).rejects.toMatchObject({ code: 'INVALID_MESSAGE' })
  await notify.close()
})

it('names what no outbox can keep', async () => {
  const { notify } = newBench({ notifier: anything() })

  const message = { to: 'ann', file: Readable.from(['x']), run: () => 1, page: new Response('x') }
  const result = await notify.enqueue('memory', message)

  expect(result.status === 'failed' && result.error.issues?.map(({ path }) => path)).toEqual([
    'file',
    'run',
    'page',
  ])
  await notify.close()
})

it('skips what the guard lets nobody have, at once', async () => {
  const { notify } = newBench({ options: { guard: { allow: ['bob'] } } })

  const result = await notify.enqueue('memory', { to: 'ann' })

  expect(result).toMatchObject({ status: 'skipped', reason: 'guard' })
  await notify.close()
})

it('skips what has expired already, or will have when it is due', async () => {
  const { notify, clock } = newBench()
  const soon = clock.now() + 1_000

  const late = await notify.enqueue('memory', { to: 'ann' }, { expiresAt: clock.now() - 1 })
  const never = await notify.enqueue('memory', { to: 'ann' }, { expiresAt: soon, delayMs: 2_000 })

  expect([late, never]).toMatchObject([
    { status: 'skipped', reason: 'expired' },
    { status: 'skipped', reason: 'expired' },
  ])
  await notify.close()
})

it('keeps one delivery under a key, and answers with it again', async () => {
  const { notify, driver, until } = newBench()
  const first = await notify.enqueue('memory', { to: 'ann' }, { idempotencyKey: 'receipt-1' })
  await until(first.id, 'sent')

  const second = await notify.enqueue('memory', { to: 'ann' }, { idempotencyKey: 'receipt-1' })

  expect(second).toMatchObject({ status: 'queued', id: first.id, duplicate: true })
  expect(driver.sent).toHaveLength(1)
  await notify.close()
})

it('refuses another message under a key', async () => {
  const { notify } = newBench()
  await notify.enqueue('memory', { to: 'ann' }, { idempotencyKey: 'receipt-1' })

  const second = await notify.enqueue('memory', { to: 'bob' }, { idempotencyKey: 'receipt-1' })

  expect(second).toMatchObject({ status: 'failed', error: { code: 'IDEMPOTENCY_MISMATCH' } })
  await notify.close()
})

it('hands the key to the driver', async () => {
  const { notify, enqueue, until, asked } = newBench()

  const id = await enqueue('hello', { idempotencyKey: 'receipt-1' })
  await until(id, 'sent')

  expect(asked).toMatchObject([{ id, key: 'receipt-1' }])
  await notify.close()
})

it('waits as long as it was told', async () => {
  const { notify, enqueue, clock, asked } = newBench()

  const id = await enqueue('later', { delayMs: 60_000 })
  await clock.advance(59_000)

  expect(await notify.status(id)).toMatchObject({ status: 'scheduled' })
  expect(asked).toEqual([])
  await clock.advance(1_100)
  await expect.poll(async () => (await notify.status(id))?.status).toBe('sent')
  await notify.close()
})

it('waits for an instant', async () => {
  const { notify, enqueue, clock, asked } = newBench()
  const at = new Date(clock.now() + 10_000)

  const id = await enqueue('later', { at })

  expect(await notify.status(id)).toMatchObject({ status: 'scheduled', nextAttemptAt: at.getTime() })
  expect(asked).toEqual([])
  await notify.close()
})

it('makes a message of bytes and dates the same again', async () => {
  const seen: unknown[] = []
  const { notify, until } = newBench({ notifier: anything(seen) })
  const message = { to: 'ann', file: Buffer.from([0, 255, 1]), at: new Date(5), $bytes: 'no', big: 5n }

  const { id } = await notify.enqueue('memory', message)
  await until(id, 'sent')

  expect(seen).toEqual([message])
  await notify.close()
})

/** A driver that takes whatever comes. */
function anything(seen: unknown[] = []) {
  class Anything extends MemoryNotifier {
    override parse(input: unknown): never {
      return input as never
    }
    override recipients(): readonly string[] {
      return ['ann']
    }
    protected override secrets(): string[] {
      return []
    }
    protected override deliver(message: unknown): Promise<never> {
      seen.push(message)
      return Promise.resolve({ providerId: 'p' } as never)
    }
  }
  return new Anything() as never
}
