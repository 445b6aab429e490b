/** A hub on 127.0.0.1 that anybody may connect to and that anything may be published to: the sandbox's. */
import type { Clock } from '../../core/clock.ts'
import type { Published } from '../../core/push-broker.ts'
import { MemoryBroker } from './broker/memory-broker.ts'
import { WebSocketDriver } from './driver.ts'
import type { AcknowledgementEvent, EngagementEvent } from './hooks.ts'

export interface FakeHubOptions {
  readonly clock: Clock
  /** @default a random one */
  readonly port?: number
  /** Tokens are signed with it; at least 32 bytes. */
  readonly key: string
  readonly onAcknowledged?: (event: AcknowledgementEvent) => void
  readonly onEngagement?: (event: EngagementEvent) => void
}

export interface FakeHub extends AsyncDisposable {
  /** For the clients of any library that speaks Centrifugo's protocol. */
  readonly url: string
  /** A token to connect with, for an hour. */
  issueToken(user: string): string
  /** Sends JSON to a channel, such as `#ann`, and keeps it for those who are away. */
  publish(channel: string, data: unknown): Published
  close(): Promise<void>
}

const HISTORY = { size: 100, ttlMs: 3_600_000 }
const MAX_BYTES = 16_777_216

/** Needs the package `ws`. */
export async function startFakeHub({ clock, port = 0, key, ...hooks }: FakeHubOptions): Promise<FakeHub> {
  const broker = new MemoryBroker({ clock, maxBytes: MAX_BYTES })
  const config = {
    jwt: { keys: [key] },
    ...{ broker, origins: '*' as const, drainMs: 0 },
    authorizeChannel: () => true,
    ...hooks,
  }
  const driver = new WebSocketDriver(config, { clock })
  const { url } = await driver.listen({ host: '127.0.0.1', port })
  return {
    url,
    issueToken: (user) => driver.issueToken({ user }),
    publish: (channel, data) => broker.publish(channel, JSON.stringify(data), { history: HISTORY }),
    close: () => driver.close(),
    [Symbol.asyncDispose]: () => driver.close(),
  }
}
