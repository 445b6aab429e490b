/** What the tests of the broker over Redis share: nodes, what they hear, and what Redis says of them. */
import { Cluster, Redis } from 'ioredis'
import type { BrokerEvents, HistoryRule, PushBroker } from '../../src/core/push-broker.ts'
import { redisBroker, type RedisStoreOptions } from '../../src/redis/index.ts'
import { Heard } from '../support/push-broker/stage.ts'
import type { OnRedis } from './support.ts'

export const HOST = '127.0.0.1'
export const RULE: HistoryRule = { size: 1_000, ttlMs: 100_000 }

/** What a node hears, with how often its line was down and up again. */
export class Hearing extends Heard implements BrokerEvents {
  resumes = 0

  override resumed(): void {
    this.resumes += 1
    super.resumed()
  }
}

export interface TestNode {
  readonly client: Redis | Cluster
  readonly broker: PushBroker
  readonly heard: Hearing
}

/** Nodes that end with their test. */
export class Nodes {
  readonly #open: (() => Promise<void>)[] = []

  /** Not started. */
  make(client: Redis | Cluster, options?: RedisStoreOptions): TestNode {
    client.on('error', () => undefined)
    const broker = redisBroker(client, options)
    this.#open.push(async () => {
      await broker.close()
      client.disconnect()
    })
    return { client, broker, heard: new Hearing() }
  }

  async start(client: Redis | Cluster, options?: RedisStoreOptions): Promise<TestNode> {
    const node = this.make(client, options)
    await node.broker.start(`node ${this.#open.length}`, node.heard)
    return node
  }

  async close(): Promise<void> {
    for (const close of this.#open.splice(0)) await close()
  }
}

export function redisAt(port: number): Redis {
  return new Redis({ host: HOST, port, retryStrategy: () => 50 })
}

/** How many connections have subscribed to anything. */
export async function subscribers(on: OnRedis): Promise<number> {
  const list = String(await on.control.call('CLIENT', 'LIST', 'TYPE', 'pubsub'))
  return list.split('\n').filter((line) => line !== '').length
}

/** Resolves when the client has a connection again. */
export async function ready(client: Redis | Cluster): Promise<void> {
  if (client.status !== 'ready')
    await new Promise<void>((resolve) => void client.once('ready', () => resolve()))
}
