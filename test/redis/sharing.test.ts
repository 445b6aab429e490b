/** Several processes of one app keep limits, keys and dead addresses together. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { createNotify, NotifyError } from '../../src/index.ts'
import { redisIdempotency, redisLimits, redisSuppressions } from '../../src/redis/index.ts'
import { MemoryNotifier } from '../support/memory-notifier.ts'
import { CLIENTS, describeOnRedis, type Connect } from './support.ts'

const TO = { to: 'someone@example.com' }
const TSX = pathToFileURL(join(process.cwd(), 'node_modules/tsx/dist/loader.mjs')).href
const dead = new NotifyError('RECIPIENT_REJECTED', 'No such user', { reason: 'invalid' })

describeOnRedis('two SDKs on one Redis', (on) => {
  beforeEach(() => on.control.flushall())

  /** Two processes of one app: what they share is Redis. */
  async function setUp(connect: Connect, memory = new MemoryNotifier()) {
    const client = await on.open(connect)
    const perMinute = { limit: 3, perMs: 60_000 }
    const notify = createNotify({
      channels: { memory },
      idempotency: { store: redisIdempotency(client) },
      limits: { store: redisLimits(client), providers: { memory: { recipient: { rates: [perMinute] } } } },
      suppression: redisSuppressions(client),
      retry: false,
    })
    return { memory, notify }
  }

  describe.each(CLIENTS)('with %s', (_, connect) => {
    it('count one limit', async () => {
      const [one, two] = [await setUp(connect), await setUp(connect)]
      await one.notify.send('memory', TO)
      await two.notify.send('memory', TO)
      await one.notify.send('memory', TO)

      const result = await two.notify.send('memory', TO)

      expect(result).toMatchObject({ status: 'failed', error: { code: 'RATE_LIMITED', scope: 'recipient' } })
      expect(await two.notify.send('memory', { to: 'else@example.com' })).toMatchObject({ status: 'sent' })
    })

    it('send once under one key, also at the same time', async () => {
      const [one, two] = [await setUp(connect), await setUp(connect)]
      const send = ({ notify }: typeof one) => notify.send('memory', TO, { idempotencyKey: 'order-42' })

      const results = await Promise.all([send(one), send(two), send(two), send(one)])

      expect(results.map(({ status }) => status)).toEqual(['sent', 'sent', 'sent', 'sent'])
      expect(results.filter((result) => 'duplicate' in result && result.duplicate)).toHaveLength(3)
      expect(one.memory.sent.length + two.memory.sent.length).toBe(1)
    })

    it('send nothing to an address that one of them was told is dead', async () => {
      const one = await setUp(connect, new MemoryNotifier(() => Promise.reject(dead)))
      const two = await setUp(connect)
      await one.notify.send('memory', TO)
      await vi.waitFor(async () => expect(await on.control.keys('*dead*')).toHaveLength(1))

      const result = await two.notify.send('memory', TO)

      expect(result).toMatchObject({ status: 'skipped', reason: 'suppressed' })
      expect(two.memory.sent).toEqual([])
    })
  })

  it.each(CLIENTS)('with different prefixes keep to themselves, with %s', async (_, connect) => {
    const client = await on.open(connect)
    const rates = [{ limit: 1, perMs: 60_000 }]

    const places = [
      await redisLimits(client, { prefix: 'one:' }).take('a', rates),
      await redisLimits(client, { prefix: '' }).take('a', rates),
      await redisLimits(client, { prefix: 'one:' }).take('a', rates),
    ]

    expect(places.map((place) => 'ticket' in place)).toEqual([true, true, false])
  })

  it.each(CLIENTS)('say unknown of what a process was killed over, with %s', async (_, connect) => {
    const { memory, notify } = await setUp(connect)
    const program = join(import.meta.dirname, 'claims-and-hangs.ts')
    const child = spawn(process.execPath, ['--import', TSX, program, String(on.server.port)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    child.kill('SIGKILL')
    await once(child, 'exit')

    const result = await notify.send('memory', TO, { idempotencyKey: 'order-42' })

    expect(result).toMatchObject({
      status: 'failed',
      error: {
        code: 'TIMED_OUT',
        delivery: 'unknown',
        message: expect.stringContaining('ended before') as string,
      },
    })
    expect(memory.sent).toEqual([])
  })
})
