/** What a push broker of one node must answer, as plainly as it can be written: it remembers all that ever happened. */
import {
  ID_TTL_MS,
  type Acknowledgement,
  type History,
  type HistoryQuery,
  type HistoryRule,
  type Position,
  type Published,
  type PublishOptions,
} from '../../../src/core/push-broker.ts'

const WEEK_MS = 7 * 24 * 3_600_000

interface Once {
  readonly offset: number
  readonly data: string
  readonly at: number
  readonly ttlMs: number
  readonly key: string | undefined
  state: 'kept' | 'replaced' | 'lost' | 'useless'
}

interface Life {
  readonly epoch: string
  readonly all: Once[]
  readonly cursors: Map<string, { offset: number; endsAt: number }>
  rule: HistoryRule
  endsAt: number
}

export class NaiveBroker {
  now = 0
  readonly subscribed = new Set<string>()
  /** To how many connections its node queues what it is told. */
  connections = 1
  readonly #lives = new Map<string, Life>()
  readonly #ids = new Map<string, { at: number; published: Published }>()
  #count = 0

  publish(channel: string, data: string, options: PublishOptions): Published {
    const first = this.#ids.get(`${channel} ${options.id}`)
    if (options.id && first && this.now - first.at < ID_TTL_MS)
      return { ...first.published, isDuplicate: true }
    const position = options.history && this.#keep(channel, data, { ...options, history: options.history })
    const nodes = this.subscribed.has(channel) ? 1 : 0
    const connections = nodes * this.connections
    const published = { position, nodes, isDuplicate: false }
    const isPublished = position !== undefined || connections > 0
    if (options.id && isPublished) this.#ids.set(`${channel} ${options.id}`, { at: this.now, published })
    return { ...published, connections }
  }

  history(channel: string, query: HistoryQuery): History {
    const life = this.#liveOn(channel, query.rule)
    const position = positionOf(life)
    const { since, reverse } = query
    if (since && (since.epoch !== life.epoch || since.offset > position.offset)) {
      return { position, publications: [], isComplete: false }
    }
    const isHidden = (once: Once) => this.now - once.at >= query.rule.ttlMs
    const after = life.all.filter(({ offset }) => offset > (since?.offset ?? 0))
    const asked = reverse ? life.all.filter(({ offset }) => !since || offset < since.offset).reverse() : after
    const isMissing = (once: Once) =>
      once.state === 'lost' || (once.state === 'kept' && isHidden(once) && once.ttlMs > query.rule.ttlMs)
    return {
      position,
      publications: asked
        .filter((once) => once.state === 'kept' && !isHidden(once) && this.now - once.at < once.ttlMs)
        .slice(0, query.limit)
        .map(({ offset, data }) => ({ offset, data })),
      isComplete: !after.some(isMissing),
    }
  }

  acknowledge({ channel, device, position }: Acknowledgement, ttlMs: number): Position | undefined {
    const life = this.#life(channel)
    if (life?.epoch !== position.epoch) return undefined
    life.endsAt = Math.max(life.endsAt, this.now + Math.max(ttlMs, WEEK_MS))
    const offset = Math.min(position.offset, positionOf(life).offset)
    const known = this.cursor(channel, device)?.offset ?? 0
    life.cursors.set(device, { offset: Math.max(offset, known), endsAt: this.now + ttlMs })
    return this.cursor(channel, device)
  }

  cursor(channel: string, device?: string): Position | undefined {
    const life = this.#life(channel)
    const offsets = [...(life?.cursors ?? [])]
      .filter(([name, { endsAt }]) => (device === undefined || name === device) && endsAt > this.now)
      .map(([, { offset }]) => offset)
    return life && offsets.length > 0 ? { offset: Math.max(...offsets), epoch: life.epoch } : undefined
  }

  #keep(channel: string, data: string, options: PublishOptions & { history: HistoryRule }): Position {
    const { history: rule, ttlMs = Infinity, key } = options
    const life = this.#liveOn(channel, rule)
    life.rule = rule
    this.#age(life)
    for (const once of life.all) {
      if (key !== undefined && once.key === key && once.state === 'kept') once.state = 'replaced'
    }
    const offset = life.all.length + 1
    life.all.push({
      offset,
      data,
      at: this.now,
      ttlMs: ttlMs < rule.ttlMs ? ttlMs : Infinity,
      key,
      state: 'kept',
    })
    const kept = life.all.filter(({ state }) => state === 'kept')
    for (const once of kept.slice(0, Math.max(0, kept.length - rule.size))) this.#drop(once, rule)
    return positionOf(life)
  }

  #liveOn(channel: string, rule: HistoryRule): Life {
    let life = this.#life(channel)
    if (!life) {
      life = { epoch: `life ${(this.#count += 1)}`, all: [], cursors: new Map(), rule, endsAt: 0 }
      this.#lives.set(channel, life)
    }
    life.endsAt = Math.max(life.endsAt, this.now + Math.max(rule.ttlMs, WEEK_MS))
    return life
  }

  #life(channel: string): Life | undefined {
    const life = this.#lives.get(channel)
    if (!life || life.endsAt <= this.now) return undefined
    this.#age(life)
    return life
  }

  #age({ all, rule }: Life): void {
    for (const once of all) {
      if (once.state === 'kept' && this.now - once.at >= rule.ttlMs) this.#drop(once, rule)
    }
  }

  #drop(once: Once, rule: HistoryRule): void {
    once.state = once.ttlMs <= Math.min(this.now - once.at, rule.ttlMs) ? 'useless' : 'lost'
  }
}

function positionOf({ all, epoch }: Life): Position {
  return { offset: all.length, epoch }
}
