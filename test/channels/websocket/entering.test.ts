/** What two clients that come into one channel at the same moment are told of it. */
import { expect, it } from 'vitest'
import { MemoryBroker } from '../../../src/channels/websocket/broker/memory-broker.ts'
import { websocketConfig } from '../../../src/channels/websocket/config.ts'
import { Hub } from '../../../src/channels/websocket/hub.ts'
import type { BrokerEvents, History, HistoryQuery, Publication } from '../../../src/core/push-broker.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { HubClient } from './support/hub-client.ts'

const HISTORY = { size: 100, ttlMs: 86_400_000 }
const NEWS = 'news'

/** Two lines to one place, as Redis has: what is told on one may come after what is answered on the other. */
class TwoLines extends MemoryBroker {
  readonly #gates = new Map<string, Promise<void>>()
  #onTheWay: Publication[] | undefined
  #events: BrokerEvents | undefined

  constructor() {
    super({ clock: new FakeClock() })
  }

  override start(node: string, events: BrokerEvents): void {
    this.#events = events
    const publication = (told: Publication) =>
      this.#onTheWay ? this.#onTheWay.push(told) : events.publication(told)
    super.start(node, { ...events, publication })
  }

  override subscribe(channels: readonly string[]): void {
    super.subscribe(channels)
    return Promise.resolve() as unknown as void
  }

  override history(channel: string, query: HistoryQuery): History {
    const read = super.history(channel, query)
    return Promise.resolve(this.#gates.get(channel)).then(() => read) as unknown as History
  }

  /** Answers nothing of the channel before it is told to. */
  holdBack(channel: string): () => void {
    let open: () => void = () => undefined
    this.#gates.set(channel, new Promise((resolve) => (open = resolve)))
    return () => open()
  }

  /** What is published from now on comes later, or never. */
  delay(): { readonly arrive: () => void; readonly lose: () => void } {
    const waiting: Publication[] = (this.#onTheWay = [])
    const lose = () => (this.#onTheWay = undefined)
    return { lose, arrive: () => (lose(), waiting.forEach((told) => this.#events?.publication(told))) }
  }

  say(...texts: readonly string[]): void {
    for (const text of texts) this.publish(NEWS, text, { history: HISTORY })
  }
}

async function startNews() {
  const broker = new TwoLines()
  const config = websocketConfig.parse({
    authenticate: ({ token }: { token: string }) => ({ user: token, channels: [NEWS, `own:${token}`] }),
    namespaces: { [NEWS]: { history: HISTORY }, own: { history: HISTORY } },
  })
  const hub = new Hub(config, new FakeClock(), broker)
  await hub.start()
  return { broker, join: (user: string) => new HubClient(hub, user, NEWS) }
}

const turns = async () => {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}

it('tells a client that is still coming what another was told by its history', async () => {
  const { broker, join } = await startNews()
  const goOn = broker.holdBack('own:patient')
  const patient = join('patient')
  void patient.connect()
  await turns()

  const way = broker.delay()
  broker.say('6', '7')
  await join('quick').connect()
  way.arrive()
  goOn()
  await turns()
  broker.say('8')

  expect(patient).toMatchObject({ received: [6, 7, 8], gaps: 0 })
})

it('tells it too where the news comes only after both are in', async () => {
  const { broker, join } = await startNews()
  const goOn = broker.holdBack('own:patient')
  const patient = join('patient')
  void patient.connect()
  await turns()

  const way = broker.delay()
  broker.say('6', '7')
  const quick = join('quick')
  await quick.connect()
  goOn()
  await turns()
  way.arrive()
  broker.say('8')

  expect(patient).toMatchObject({ received: [6, 7, 8], gaps: 0 })
  expect(quick.received).toEqual([8])
})

it('tells a client of the gap where the first news after its history got lost', async () => {
  const { broker, join } = await startNews()
  const goOn = broker.holdBack('own:patient')
  const patient = join('patient')
  void patient.connect()
  await turns()

  const way = broker.delay()
  broker.say('6')
  way.lose()
  broker.say('7')
  goOn()
  await turns()
  broker.say('8')

  expect(patient).toMatchObject({ received: [8], gaps: 1 })
})
