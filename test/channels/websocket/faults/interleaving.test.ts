import fc from 'fast-check'
import { expect, it } from 'vitest'
import { MemoryBroker } from '../../../../src/channels/websocket/broker/memory-broker.ts'
import { websocketConfig } from '../../../../src/channels/websocket/config.ts'
import { Hub } from '../../../../src/channels/websocket/hub.ts'
import type { HistoryRule, PushBroker } from '../../../../src/core/push-broker.ts'
import { FakeClock } from '../../../../src/testing/index.ts'
import { SlowBroker } from '../../../support/slow-broker.ts'
import { HubClient } from '../support/hub-client.ts'

const CHANNEL = '#1001'
const CLIENTS = 3
const RULE: HistoryRule = { size: 1_000, ttlMs: 86_400_000 }

type Step =
  | { readonly do: 'publish'; readonly count: number }
  | { readonly do: 'connect' | 'cut'; readonly client: number }
  | { readonly do: 'wait'; readonly turns: number }
  | { readonly do: 'check' }

const client = fc.nat(CLIENTS - 1)
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('publish' as const), count: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ do: fc.constantFrom('connect' as const, 'cut' as const), client }),
  fc.record({ do: fc.constant('check' as const) }),
  fc.record({ do: fc.constant('wait' as const), turns: fc.nat(40) }),
)

function hubOn(broker: PushBroker, size = RULE.size) {
  const clock = new FakeClock()
  const config = websocketConfig.parse({
    authenticate: () => ({ user: '1001' }),
    user: { history: { ...RULE, size } },
    maxConnectionsPerUser: 1_000,
  })
  return new Hub(config, clock, broker)
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

async function play(hub: Hub, clients: readonly HubClient[], steps: readonly Step[]): Promise<number> {
  let said = 0
  const publishing: unknown[] = []
  for (const step of steps) {
    if (step.do === 'publish') {
      for (let i = 0; i < step.count; i++) {
        publishing.push(hub.broker.publish(CHANNEL, String(++said), { history: RULE }))
      }
    } else if (step.do === 'check') {
      void hub.channels.checkAll()
    } else if (step.do === 'wait') {
      for (let i = 0; i < step.turns; i++) await turn()
    } else {
      const one = clients[step.client]
      if (step.do === 'cut') one?.cut()
      else if (!one?.isConnected) void one?.connect()
    }
  }
  await Promise.all(publishing)
  return said
}

async function settle(
  hub: Hub,
  clients: readonly HubClient[],
  broker: SlowBroker | undefined,
): Promise<void> {
  // Whoever is away comes back at last.
  const away = clients.filter((one) => !one.isConnected)
  await Promise.all(away.map((one) => one.connect()))
  await broker?.arrived()
  await hub.channels.checkAll()
  for (let i = 0; i < 200; i++) await turn()
}

it.each([
  ['in this process', false],
  ['elsewhere', true],
])(
  'loses, repeats and reorders nothing while clients come and go, with the broker %s',
  async (_where, isSlow) => {
    const script = fc.record({
      steps: fc.array(step, { maxLength: 40 }),
      delays: fc.array(fc.nat(2), { minLength: 1, maxLength: 20 }),
      losses: fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }),
    })
    await fc.assert(
      fc.asyncProperty(script, async ({ steps, delays, losses }) => {
        const store = new MemoryBroker({ clock: new FakeClock() })
        let at = 0
        const next = <T>(list: readonly T[]) => list[at++ % list.length]
        const weather = { delay: () => next(delays) ?? 0, isLost: () => next(losses) ?? false }
        const slow = isSlow ? new SlowBroker(store, weather) : undefined
        const hub = hubOn(slow ?? store)
        await hub.start()
        const clients = Array.from({ length: CLIENTS }, () => new HubClient(hub, 'token', CHANNEL))

        const said = await play(hub, clients, steps)
        await settle(hub, clients, slow)

        const everything = Array.from({ length: said }, (_, index) => index + 1)
        for (const { received, gaps } of clients)
          expect({ received, gaps }).toEqual({ received: everything, gaps: 0 })
      }),
      { numRuns: 250 },
    )
  },
)
