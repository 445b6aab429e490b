import { describe, it } from 'vitest'
import type { Clock } from '../../../src/core/clock.ts'
import type { Attempt } from '../../../src/core/delivery.ts'
import { WebSocketDriver } from '../../../src/channels/websocket/driver.ts'
import { startFakeAudience, type FakeAudience } from '../../../src/channels/websocket/fake.ts'
import type { WebSocketMessage } from '../../../src/channels/websocket/message.ts'
import { describeNotifier } from '../../../src/testing/index.ts'
import { KEY } from './support/hub.ts'

const USER = 'user-1001-sensitive'

/** A written message is still on its way: the suite counts what arrived as soon as `send` resolves. */
class ArrivingDriver extends WebSocketDriver {
  readonly #audience: FakeAudience

  constructor(audience: FakeAudience, clock: Clock) {
    super({ jwt: { keys: [KEY] } }, { clock })
    this.#audience = audience
  }

  override async send(message: WebSocketMessage, attempt: Attempt) {
    const receipt = await super.send(message, attempt)
    await this.#audience.settled()
    return receipt
  }
}

const strangers: string[] = []

describeNotifier(
  'the WebSocket driver',
  {
    startFake: startFakeAudience,
    create: async (audience, clock) => {
      const driver = new ArrivingDriver(audience, clock)
      const { url } = await driver.listen()
      await audience.join(url, { token: driver.issueToken({ user: USER }) })
      return driver
    },
    valid: () => ({
      to: { user: strangers.pop() ?? USER },
      title: 'Order shipped',
      body: 'It left at noon',
      store: false,
    }),
    invalid: {
      'a message without content': { to: { user: USER } },
      'a message to nobody': { title: 'Hello' },
      'a message to two kinds of recipients': { to: { user: USER, topic: 'orders' }, title: 'Hello' },
      'a misspelled field': { to: { user: USER }, titel: 'Hello' },
      'data that JSON cannot carry': { to: { user: USER }, data: { total: 10n } },
      'a link that runs a script': { to: { user: USER }, url: 'javascript:alert(1)' },
    },
    secrets: () => [KEY, USER],
    refusals: {
      'a user who is not connected, of a message that is not to be stored': {
        code: 'RECIPIENT_OFFLINE',
        delivery: 'not_sent',
        arrange: () => void strangers.push('user-2002-offline'),
      },
    },
    // Nothing stands between the hub and its sockets that could fail after taking a message.
    faults: {},
  },
  { describe, it },
)
