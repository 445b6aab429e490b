/** One of several processes that share a Redis: its hub, and the facade over it. */
import { Redis } from 'ioredis'
import type { WebSocketConfigInput } from '../../../../src/channels/websocket/config.ts'
import { websocket } from '../../../../src/channels/websocket/index.ts'
import { createNotify } from '../../../../src/index.ts'
import { redisBroker } from '../../../../src/redis/index.ts'
import { KEY } from './hub.ts'

export interface NodeOptions extends Partial<WebSocketConfigInput> {
  /** For how long Redis is waited for, in milliseconds. */
  readonly timeoutMs?: number
}

/** Serves on a port of its own, unless `server` is false. */
export async function startNode(redisPort: number, { timeoutMs = 1_000, ...config }: NodeOptions = {}) {
  const redis = new Redis({ host: '127.0.0.1', port: redisPort, retryStrategy: () => 50 })
  redis.on('error', () => undefined)
  const broker = redisBroker(redis, { timeoutMs })
  const driver = websocket({ jwt: { keys: [KEY] }, broker, drainMs: 0, ...config })
  const notify = createNotify({ retry: false, breaker: false, channels: { push: driver } })
  const url = config.server === false ? '' : (await driver.listen()).url
  return {
    driver,
    notify,
    redis,
    url,
    async [Symbol.asyncDispose]() {
      await notify.close()
      redis.disconnect()
    },
  }
}
