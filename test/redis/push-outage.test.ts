/** What a broker over Redis does while Redis is away, and once it is back. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, describe, expect, it } from 'vitest'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { startFaultProxy } from '../support/fault-proxy.ts'
import { freePort } from '../support/own-server.ts'
import { findRedisServer } from '../support/redis-server.ts'
import { HOST, Nodes, ready, redisAt, RULE, subscribers, type TestNode } from './push-support.ts'
import { describeOnRedis } from './support.ts'

const QUERY = { limit: 1_000, rule: RULE }
const kept = { history: RULE }

async function publish({ broker }: TestNode, channel: string, ...data: readonly string[]) {
  const positions = []
  for (const text of data) positions.push((await broker.publish(channel, text, kept)).position)
  return positions
}

describeOnRedis('a broker', (on) => {
  const nodes = new Nodes()
  afterEach(async () => {
    await nodes.close()
    await on.control.flushall()
  })

  const start = async () => await nodes.start(redisAt(on.server.port))

  describe('after a restart of Redis', () => {
    it('without its data begins a new life, says that the old one is gone, and hears again', async () => {
      const node = await start()
      await node.broker.subscribe(['orders'])
      const [, before] = await publish(node, 'orders', '1', '2')
      const resumed = node.heard.until(() => node.heard.resumes === 1)

      await on.server.restart()
      await Promise.all([resumed, ready(node.client)])
      const old = await node.broker.history('orders', { ...QUERY, ...(before && { since: before }) })
      const [after] = await publish(node, 'orders', '3')
      await node.heard.untilData('orders', '3')

      expect(old).toMatchObject({ isComplete: false, publications: [], position: { offset: 0 } })
      expect(after).toEqual({ offset: 1, epoch: old.position.epoch })
      expect(after?.epoch).not.toBe(before?.epoch)
      expect(node.heard.dataOf('orders')).toEqual(['1', '2', '3'])
      expect(await node.broker.control('still here')).toBe(1)
    })

    it('with its data goes on where it was', async () => {
      const redis = await startDurableRedis()
      const node = await nodes.start(redisAt(redis.port))
      const [first] = await publish(node, 'orders', '1', '2')
      const since = first ?? { offset: 0, epoch: '' }
      await node.broker.acknowledge({ channel: 'orders', device: 'phone', position: since }, 100_000)
      await node.broker.publish('orders', '3', { ...kept, id: 'x' })

      await redis.restart()
      await ready(node.client)
      const again = await node.broker.publish('orders', '3', { ...kept, id: 'x' })
      const [fourth] = await publish(node, 'orders', '4')
      const history = await node.broker.history('orders', { ...QUERY, since })
      const cursor = await node.broker.cursor('orders', 'phone')

      await nodes.close()
      await redis.stop()
      expect(again).toMatchObject({ isDuplicate: true, position: { offset: 3, epoch: since.epoch } })
      expect(fourth).toEqual({ offset: 4, epoch: since.epoch })
      expect(history).toMatchObject({ isComplete: true, position: fourth })
      expect(history.publications.map(({ data }) => data)).toEqual(['2', '3', '4'])
      expect(cursor).toEqual(since)
    })

    it('knows its scripts again, also where only they were flushed', async () => {
      const node = await start()
      await publish(node, 'orders', '1')
      await on.control.script('FLUSH')

      const [second] = await publish(node, 'orders', '2')

      expect(second?.offset).toBe(2)
    })
  })

  describe('whose connection for subscriptions is cut', () => {
    it('subscribes to everything again, says so, and can fetch what it missed', async () => {
      const [node, other] = [await start(), await start()]
      const many = Array.from({ length: 1_200 }, (_, index) => `channel-${index}`)
      await node.broker.subscribe(['orders', ...many])
      await publish(other, 'orders', '1')
      await node.heard.untilData('orders', '1')
      const resumed = node.heard.until(() => node.heard.resumes === 1)

      await on.control.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
      const [second] = await publish(other, 'orders', '2')
      await resumed
      const missed = await node.broker.history('orders', QUERY)
      await other.broker.publish('channel-1199', '3')
      await node.heard.untilData('channel-1199', '3')

      expect(missed.position).toEqual(second)
      expect(node.heard.failures).toEqual([
        expect.objectContaining({
          code: 'UNAVAILABLE',
          message: 'The connection for subscriptions was lost',
        }),
      ])
    })

    it('again and again ends up subscribed to what is wanted by then, and to nothing else', async () => {
      const node = await start()
      await node.broker.subscribe(['stays', 'goes'])
      for (let cut = 0; cut < 5; cut += 1) {
        const before = node.heard.resumes
        const resumed = node.heard.until(() => node.heard.resumes > before)
        await on.control.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
        await node.broker.unsubscribe(['goes'])
        await node.broker.subscribe([`comes ${cut}`])
        await resumed
      }

      const told = []
      for (const channel of ['stays', 'goes', 'comes 0', 'comes 4']) {
        told.push((await node.broker.publish(channel, '1')).nodes)
      }
      expect(told).toEqual([1, 0, 1, 1])
      expect(await subscribers(on)).toBe(1)
    })

    it('without a word notices by itself', async () => {
      await using proxy = await startFaultProxy(on.server.port)
      const clock = new FakeClock()
      const client = redisAt(proxy.port)
      await ready(client)
      const node = await nodes.start(client, { clock })
      await node.broker.subscribe(['orders'])
      const other = await start()
      const resumed = node.heard.until(() => node.heard.resumes === 1)

      proxy.blackhole()
      await publish(other, 'orders', '1')
      await clock.advance(5_000)
      await clock.advance(1_000)
      const failures = [...node.heard.failures]
      proxy.cut()
      proxy.thaw()
      await clock.advance(50)
      await resumed
      await publish(other, 'orders', '2')
      await node.heard.untilData('orders', '2')

      expect(failures).toHaveLength(1)
      expect((await other.broker.history('orders', QUERY)).publications).toHaveLength(2)
    })
  })

  describe('while Redis is away', () => {
    it('fails to publish at once, and nothing is sent', async () => {
      const node = await start()
      await publish(node, 'orders', '1')
      const isGone = new Promise<void>((resolve) => void node.client.once('reconnecting', () => resolve()))
      await on.server.kill()
      await isGone
      const from = performance.now()

      const error: unknown = await Promise.resolve(node.broker.publish('orders', 'secret', kept)).catch(
        (e: unknown) => e,
      )

      const ms = performance.now() - from
      await on.server.restart()
      expect(error).toMatchObject({
        code: 'UNAVAILABLE',
        delivery: 'not_sent',
        message: 'Redis is not connected',
      })
      expect(ms).toBeLessThan(500)
    })

    it('starts all the same, fails to subscribe in time, and is there once Redis is', async () => {
      await on.server.kill()
      const node = nodes.make(redisAt(on.server.port), { timeoutMs: 100 })
      await node.broker.start('late', node.heard)
      const subscribing = Promise.resolve(node.broker.subscribe(['orders']))
      const watching = Promise.resolve(node.broker.watch('orders'))

      await expect(subscribing).rejects.toMatchObject({ code: 'UNAVAILABLE' })
      await expect(watching).rejects.toMatchObject({ code: 'UNAVAILABLE' })
      const failures = [...node.heard.failures]
      const resumed = node.heard.until(() => node.heard.resumes === 1)
      await on.server.restart()
      await Promise.all([resumed, ready(node.client)])

      expect(failures).toEqual([expect.objectContaining({ code: 'UNAVAILABLE' })])
      expect(await node.broker.control('hello', 'late')).toBe(1)
      expect((await node.broker.publish('orders', '1')).nodes).toBe(0)
      await node.broker.subscribe(['orders'])
      expect((await node.broker.publish('orders', '1')).nodes).toBe(1)
    })

    it('can be closed, and tries no more', async () => {
      await using proxy = await startFaultProxy(on.server.port)
      proxy.refuse()
      const clock = new FakeClock()
      const node = nodes.make(redisAt(proxy.port), { clock })
      const starting = Promise.resolve(node.broker.start('never', node.heard))
      await clock.advance(1_000)
      await starting

      await node.broker.close()

      expect(clock.pending).toBe(0)
      await expect(Promise.resolve(node.broker.subscribe(['orders']))).rejects.toMatchObject({
        code: 'CLOSED',
      })
      await expect(Promise.resolve(node.broker.publish('orders', '1'))).rejects.toMatchObject({
        code: 'CLOSED',
      })
    })
  })

  it('that does not hear whether it has published says so, and publishes once under an id all the same', async () => {
    const client = redisAt(on.server.port)
    await ready(client)
    const node = nodes.make(client, { timeoutMs: 100 })
    await publish(node, 'orders', '0')
    const other = nodes.make(redisAt(on.server.port))
    await publish(other, 'others', '0')
    const thaw = await freeze()

    const error: unknown = await Promise.resolve(
      node.broker.publish('orders', '1', { ...kept, id: 'x' }),
    ).catch((thrown: unknown) => thrown)
    thaw()
    const again = await other.broker.publish('orders', '1', { ...kept, id: 'x' })

    expect(error).toMatchObject({ code: 'UNAVAILABLE', delivery: 'unknown' })
    expect((await other.broker.history('orders', QUERY)).publications.map(({ data }) => data)).toEqual([
      '0',
      '1',
    ])
    expect(again.position?.offset).toBe(2)
  })

  it('that Redis refuses says that nothing was sent, and tells nothing of what it was', async () => {
    const node = nodes.make(redisAt(on.server.port))
    await publish(node, 'secret-channel', '0')
    await on.control.config('SET', 'maxmemory', '1')

    const error: unknown = await Promise.resolve(
      node.broker.publish('secret-channel', 'secret-data', { ...kept, id: 'secret-id', key: 'secret-key' }),
    ).catch((thrown: unknown) => thrown)
    await on.control.config('SET', 'maxmemory', '0')

    expect(error).toMatchObject({ code: 'UNAVAILABLE', delivery: 'not_sent' })
    expect(JSON.stringify([error, String((error as Error).stack), (error as Error).cause])).not.toContain(
      'secret',
    )
    expect((await node.broker.history('secret-channel', QUERY)).position.offset).toBe(1)
  })

  it('that only publishes has no connection for subscriptions', async () => {
    const node = nodes.make(redisAt(on.server.port))
    await publish(node, 'orders', '1')
    await node.broker.control('hello')

    expect(await subscribers(on)).toBe(0)
  })

  it('that is closed leaves the client to its owner, and no connection of its own', async () => {
    const node = await start()
    await node.broker.subscribe(['orders'])
    const before = await subscribers(on)

    await node.broker.close()
    await node.broker.close()

    expect(before).toBe(1)
    await expect.poll(() => subscribers(on)).toBe(0)
    expect(await node.client.ping()).toBe('PONG')
  })

  /** Leaves the connections open and answers nothing. */
  async function freeze(): Promise<() => void> {
    const [, pid] = /process_id:(\d+)/.exec(await on.control.info('server')) ?? []
    process.kill(Number(pid), 'SIGSTOP')
    return () => void process.kill(Number(pid), 'SIGCONT')
  }
})

/** Has everything on the disk before it answers. */
async function startDurableRedis() {
  const folder = await mkdtemp(join(tmpdir(), 'notiwire-durable-'))
  const name = findRedisServer()?.split(' ')[0] ?? 'redis-server'
  const options = [
    '--port',
    '0',
    '--bind',
    HOST,
    '--dir',
    folder,
    '--save',
    '',
    '--appendonly',
    'yes',
    '--appendfsync',
    'always',
  ]
  const launch = async (port: string) => {
    const child = spawn(name, [...options, '--port', port], { stdio: ['ignore', 'pipe', 'inherit'] })
    for await (const line of createInterface(child.stdout)) if (line.includes('Ready to accept')) break
    child.stdout.resume()
    return child
  }
  const port = await freePort()
  let server = await launch(String(port))
  const kill = async () => {
    const gone = once(server, 'exit')
    server.kill('SIGKILL')
    await gone
  }
  return {
    port,
    restart: async () => {
      await kill()
      server = await launch(String(port))
    },
    stop: async () => {
      await kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
