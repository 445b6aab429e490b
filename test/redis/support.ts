/** A Redis for a file of tests, and clients of both libraries to it. */
import { Cluster, Redis } from 'ioredis'
import { createClient, createCluster } from 'redis'
import { afterAll, afterEach, beforeAll, describe } from 'vitest'
import type { RedisLike } from '../../src/redis/client.ts'
import { findRedisServer, startRedis, type RedisServer } from '../support/redis-server.ts'

export interface Connected {
  readonly client: RedisLike
  close(): Promise<void>
}

export type Connect = (port: number) => Promise<Connected>

const HOST = '127.0.0.1'
/** Trouble with the connection is what the tests are about; without a listener it would end the process. */
const ignore = () => undefined

export const ioredis: Connect = async (port) => {
  const client = new Redis({ host: HOST, port, lazyConnect: true, retryStrategy: () => 50 })
  client.on('error', ignore)
  await client.connect()
  return { client, close: () => Promise.resolve(client.disconnect()) }
}

export const nodeRedis: Connect = async (port) => {
  const client = createClient({ socket: { host: HOST, port, reconnectStrategy: () => 50 } })
  client.on('error', ignore)
  await client.connect()
  return { client, close: () => Promise.resolve(client.destroy()) }
}

export const CLIENTS: readonly (readonly [string, Connect])[] = [
  ['ioredis', ioredis],
  ['node-redis', nodeRedis],
]

const ioredisCluster: Connect = async (port) => {
  const client = new Cluster([{ host: HOST, port }], { lazyConnect: true })
  client.on('error', ignore)
  await client.connect()
  return { client, close: () => Promise.resolve(client.disconnect()) }
}

const nodeRedisCluster: Connect = async (port) => {
  const client = createCluster({ rootNodes: [{ socket: { host: HOST, port } }] })
  client.on('error', ignore)
  await client.connect()
  return { client, close: () => Promise.resolve(client.destroy()) }
}

export const CLUSTER_CLIENTS: readonly (readonly [string, Connect])[] = [
  ['a Cluster of ioredis', ioredisCluster],
  ['a cluster of node-redis', nodeRedisCluster],
]

export interface OnRedis {
  readonly server: RedisServer
  /** Sees and does what no store may. */
  readonly control: Redis
  /** A client that is closed after the test. */
  open(connect: Connect): Promise<RedisLike>
  /** The clock of Redis, in microseconds. */
  micros(): Promise<number>
  /** Lets `ms` milliseconds pass by the clock of Redis. */
  pass(ms: number): Promise<void>
}

/** Without a redis-server the tests are left out, but fail in CI; `scripts/install-services.ts` says so. */
export function describeOnRedis(name: string, tests: (on: OnRedis) => void, isCluster = false): void {
  const isLeftOut = findRedisServer() === undefined && !process.env['CI']
  describe.skipIf(isLeftOut)(name, () => {
    const on = new Fixture()
    beforeAll(() => on.start(isCluster))
    afterEach(() => on.closeClients())
    afterAll(() => on.stop())
    tests(on)
  })
}

class Fixture implements OnRedis {
  #server: RedisServer | undefined
  #control: Redis | undefined
  readonly #opened: Connected[] = []

  get server(): RedisServer {
    return this.#server ?? fail()
  }

  get control(): Redis {
    return this.#control ?? fail()
  }

  async start(isCluster: boolean): Promise<void> {
    const options = ['--cluster-enabled', 'yes', '--cluster-announce-ip', HOST]
    this.#server = await startRedis(...(isCluster ? options : []))
    const { client } = await ioredis(this.server.port)
    this.#control = client as Redis
    if (!isCluster) return
    await this.control.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
    while (!/cluster_state:ok/.test(String(await this.control.call('CLUSTER', 'INFO')))) await this.pass(5)
  }

  async open(connect: Connect): Promise<RedisLike> {
    const opened = await connect(this.server.port)
    this.#opened.push(opened)
    return opened.client
  }

  async micros(): Promise<number> {
    const [seconds, micros] = await this.control.time()
    return Number(seconds) * 1_000_000 + Number(micros)
  }

  async pass(ms: number): Promise<void> {
    const end = (await this.micros()) + ms * 1_000
    for (let now = 0; (now = await this.micros()) < end;) {
      // For a replica that there is not: Redis itself waits.
      await this.control.wait(1, Math.max(1, Math.ceil((end - now) / 1_000)))
    }
  }

  async closeClients(): Promise<void> {
    await Promise.all(this.#opened.splice(0).map((opened) => opened.close()))
  }

  async stop(): Promise<void> {
    this.#control?.disconnect()
    await this.#server?.stop()
  }
}

function fail(): never {
  throw new Error('Redis is started before the tests, not while they are described')
}
