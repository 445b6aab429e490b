/** A driver that listens, the facade over it, and devices that go away with it. */
import { createNotify } from '../../../../src/index.ts'
import type { WebSocketConfigInput } from '../../../../src/channels/websocket/config.ts'
import { startFakeAudience } from '../../../../src/channels/websocket/fake.ts'
import { websocket } from '../../../../src/channels/websocket/index.ts'
import { FakeClock } from '../../../../src/testing/index.ts'

export const KEY = 'a-shared-secret-of-thirty-two-bytes!'

export async function startHub(overrides: Partial<WebSocketConfigInput> = {}) {
  const clock = new FakeClock(Date.UTC(2026, 10, 23))
  const auth = overrides.authenticate ? {} : { jwt: { keys: [KEY] } }
  // What is spread over time would wait for a clock that nobody moves any more.
  const driver = websocket({ ...auth, drainMs: 0, ...overrides }, { clock })
  // A clock of its own: what waits on the other is the driver's alone.
  const notify = createNotify({
    retry: false,
    breaker: false,
    idempotency: false,
    channels: { push: driver },
    clock: new FakeClock(),
  })
  const audience = await startFakeAudience()
  const { url, port } = await driver.listen()
  return {
    clock,
    driver,
    notify,
    audience,
    url,
    port,
    /** A device of `user`, connected with a token of the driver's own. */
    join: (user: string, channels?: readonly string[]) =>
      audience.join(url, { token: driver.issueToken(channels ? { user, channels } : { user }) }),
    async [Symbol.asyncDispose]() {
      await notify.close()
      await audience.close()
    },
  }
}
