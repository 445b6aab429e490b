/** Brokers on which a test of the contract plays, and what their nodes hear. */
import type {
  Acknowledgement,
  BrokerEvents,
  History,
  HistoryQuery,
  HistoryRule,
  Publication,
  PublishOptions,
  Position,
  PushBroker,
} from '../../../src/core/push-broker.ts'

/** One store, and the brokers of all nodes that share it. */
export interface BrokersUnderTest {
  /** One more broker over the store, not started: the suite starts it, with a name of its own. */
  connect(): PushBroker | Promise<PushBroker>
  /** Lets `ms` milliseconds pass for the store. */
  pass(ms: number): Promise<void>
  /** Ends what `connect` opened; the brokers themselves are closed by then. */
  close?(): void | Promise<void>
}

export interface BrokerTraits {
  /** Whether several nodes share a store; what concerns others is not asked of a broker for one. */
  readonly nodes: 'one' | 'several'
  /** Whether it can tell how many nodes were told; where it cannot, it must say null. */
  readonly counts: boolean
}

/** Kept for longer than any test takes. */
export const RULE: HistoryRule = { size: 10, ttlMs: 100_000 }
export const LONG_MS = 100_000
/** Is over when {@link Stage.passShort} has passed. Nothing may depend on its not being over yet. */
export const SHORT_MS = 80

/** What a node was told, and a way to wait for it. */
export class Heard implements BrokerEvents {
  readonly publications: Publication[] = []
  readonly acknowledgements: Acknowledgement[] = []
  readonly controls: string[] = []
  readonly failures: unknown[] = []
  /** To how many connections the node queues what it hears. */
  connections = 1
  readonly #waiting = new Set<() => void>()

  publication(publication: Publication): number {
    this.publications.push(publication)
    this.#wake()
    return this.connections
  }

  acknowledged(acknowledgement: Acknowledgement): void {
    this.acknowledgements.push(acknowledgement)
    this.#wake()
  }

  control(message: string): void {
    this.controls.push(message)
    this.#wake()
  }

  resumed(): void {
    this.#wake()
  }

  failed(error: unknown): void {
    this.failures.push(error)
    this.#wake()
  }

  /** The data of what was heard in the channel. */
  dataOf(channel: string): string[] {
    return this.publications.filter((one) => one.channel === channel).map(({ data }) => data)
  }

  /** Resolves when this data was heard in the channel; what came before it has been heard then, too. */
  async untilData(channel: string, data: string): Promise<void> {
    await this.until(() => this.dataOf(channel).includes(data))
  }

  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>((resolve) => this.#waiting.add(resolve))
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve()
    this.#waiting.clear()
  }
}

export interface Node {
  readonly name: string
  readonly broker: PushBroker
  readonly heard: Heard
}

export class Stage {
  readonly traits: BrokerTraits
  #brokers: BrokersUnderTest | undefined
  #connected: PushBroker[] = []

  constructor(traits: BrokerTraits) {
    this.traits = traits
  }

  open(brokers: BrokersUnderTest): void {
    this.#brokers = brokers
    this.#connected = []
  }

  async close(): Promise<void> {
    for (const broker of this.#connected) await broker.close()
    await this.#opened.close?.()
  }

  /** A broker that is not started. */
  async connect(): Promise<PushBroker> {
    const broker = await this.#opened.connect()
    this.#connected.push(broker)
    return broker
  }

  async node(name = 'node-a'): Promise<Node> {
    const broker = await this.connect()
    const heard = new Heard()
    await broker.start(name, heard)
    return { name, broker, heard }
  }

  /** Lets so much time pass that {@link SHORT_MS} is over. */
  async passShort(): Promise<void> {
    await this.#opened.pass(SHORT_MS + 1)
  }

  /** What a broker answers that told so many nodes. */
  told(nodes: number): number | null {
    return this.traits.counts ? nodes : null
  }

  /** What a broker answers whose node queued it to so many connections: of other processes it knows nothing. */
  queued(connections: number): number | undefined {
    return this.traits.nodes === 'one' ? connections : undefined
  }

  get #opened(): BrokersUnderTest {
    if (!this.#brokers) throw new Error('Nothing is open')
    return this.#brokers
  }
}

/** Publishes and keeps each text, one after the other. @returns the positions they got */
export async function keepAll(
  broker: PushBroker,
  texts: readonly string[],
  options: PublishOptions = { history: RULE },
): Promise<Position[]> {
  const positions: Position[] = []
  for (const text of texts) positions.push(await keepOne(broker, text, options))
  return positions
}

/** Publishes and keeps one text in {@link CHANNEL}. */
export async function keepOne(broker: PushBroker, text: string, options: PublishOptions): Promise<Position> {
  const { position } = await broker.publish(CHANNEL, JSON.stringify(text), options)
  if (!position) throw new Error('Nothing was kept')
  return position
}

export const CHANNEL = 'orders'

/** Everything kept in {@link CHANNEL}, unless the query says otherwise. */
export async function historyOf(broker: PushBroker, query: Partial<HistoryQuery> = {}): Promise<History> {
  return await broker.history(CHANNEL, { limit: 1_000, rule: RULE, ...query })
}

export const textsOf = ({ publications }: History): unknown[] =>
  publications.map(({ data }) => JSON.parse(data) as unknown)
