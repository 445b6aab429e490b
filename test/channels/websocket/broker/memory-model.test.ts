/** Whatever happens in whatever order: the memory broker answers what a broker that forgets nothing would. */
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { MemoryBroker } from '../../../../src/channels/websocket/broker/memory-broker.ts'
import type { Clock } from '../../../../src/core/clock.ts'
import { ID_TTL_MS, type History, type Position, type Publication } from '../../../../src/core/push-broker.ts'
import { Heard } from '../../../support/push-broker/stage.ts'
import { NaiveBroker } from '../../../support/push-broker/naive-broker.ts'

const SECOND = 1_000
const DAY = 86_400 * SECOND
const CHANNELS = ['a', 'b', 'c']

const channel = fc.constantFrom(...CHANNELS)
const rule = fc.record({
  size: fc.constantFrom(0, 1, 2, 3, 100),
  ttlMs: fc.constantFrom(5 * SECOND, 60 * SECOND, 10 * DAY),
})
const ttlMs = fc.option(fc.constantFrom(1, 2 * SECOND, 5 * SECOND, 30 * SECOND), { nil: undefined })
const offset = fc.integer({ min: 0, max: 12 })
const life = fc.constantFrom('now', 'now', 'now', 'before', 'never')

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('publish' as const),
      channel,
      history: fc.option(rule, { nil: undefined, freq: 6 }),
      ttlMs,
      key: fc.option(fc.constantFrom('k', 'l'), { nil: undefined }),
      id: fc.option(fc.constantFrom('x', 'y'), { nil: undefined }),
      length: fc.integer({ min: 0, max: 400 }),
      connections: fc.constantFrom(0, 1, 1, 3),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('history' as const),
      channel,
      since: fc.option(fc.record({ offset, life }), { nil: undefined }),
      limit: fc.constantFrom(0, 1, 2, 1_000),
      reverse: fc.boolean(),
      rule,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('acknowledge' as const),
      channel,
      device: fc.constantFrom('phone', 'laptop'),
      offset,
      life,
      ttlMs: fc.constantFrom(10 * SECOND, 20 * DAY),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('subscribe' as const), channel }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('unsubscribe' as const), channel }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      ms: fc.constantFrom(SECOND, 2 * SECOND, 5 * SECOND, 60 * SECOND, ID_TTL_MS, 6 * DAY, 7 * DAY),
    }),
  },
)
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

/** Both brokers, which are told the same; the lives of one are those of the other under other names. */
class Twins {
  readonly naive = new NaiveBroker()
  readonly heard = new Heard()
  readonly broker: MemoryBroker
  readonly #names = new Map<string, string>()
  readonly #last = new Map<string, string[]>()
  readonly expected: Publication[] = []

  constructor(maxBytes?: number) {
    const clock: Clock = {
      now: () => 0,
      monotonic: () => this.naive.now,
      setTimeout: () => expect.fail('needs no timer'),
    }
    this.broker = new MemoryBroker({ clock, maxBytes })
    this.broker.start('node', this.heard)
  }

  /** @returns what both answered */
  take(step: Step): readonly [naive: unknown, broker: unknown] {
    switch (step.do) {
      case 'publish':
        return this.#publish(step)
      case 'history':
        return this.#history(step)
      case 'acknowledge':
        return this.#acknowledge(step)
      case 'subscribe':
        this.naive.subscribed.add(step.channel)
        return [undefined, this.broker.subscribe([step.channel])]
      case 'unsubscribe':
        this.naive.subscribed.delete(step.channel)
        return [undefined, this.broker.unsubscribe([step.channel])]
      case 'pass':
        this.naive.now += step.ms
        return [undefined, undefined]
    }
  }

  #publish({ channel, length, connections, ...options }: Extract<Step, { do: 'publish' }>) {
    this.naive.connections = connections
    this.heard.connections = connections
    const data = JSON.stringify('x'.repeat(length))
    const naive = this.naive.publish(channel, data, options)
    const broker = this.broker.publish(channel, data, options)
    this.#learn(channel, naive.position, broker.position)
    if (naive.nodes && !naive.isDuplicate) {
      this.expected.push({ channel, kind: 'pub', data, position: this.#renamed(naive.position) })
    }
    return [{ ...naive, position: this.#renamed(naive.position) }, broker] as const
  }

  #history({ channel, since, ...query }: Extract<Step, { do: 'history' }>) {
    const [naiveSince, since2] = since ? this.#positions(channel, since) : []
    const naive = this.naive.history(channel, { ...query, since: naiveSince })
    const broker = this.broker.history(channel, { ...query, since: since2 })
    this.#learn(channel, naive.position, broker.position)
    return [{ ...naive, position: this.#renamed(naive.position) }, broker] as const
  }

  #acknowledge({ channel, device, ttlMs, ...at }: Extract<Step, { do: 'acknowledge' }>) {
    const [naivePosition, position] = this.#positions(channel, at)
    const naive = this.naive.acknowledge({ channel, device, position: naivePosition }, ttlMs)
    const broker = this.broker.acknowledge({ channel, device, position }, ttlMs)
    const cursors = (of: NaiveBroker | MemoryBroker) =>
      [of.cursor(channel, 'phone'), of.cursor(channel, 'laptop'), of.cursor(channel)] as const
    return [
      [naive, ...cursors(this.naive)].map((one) => this.#renamed(one)),
      [broker, ...cursors(this.broker)],
    ] as const
  }

  #positions(channel: string, { offset, life }: { offset: number; life: string }): [Position, Position] {
    const lives = this.#last.get(channel) ?? []
    const epoch = (life === 'now' ? lives.at(-1) : life === 'before' ? lives.at(-2) : undefined) ?? 'never'
    return [
      { offset, epoch },
      { offset, epoch: this.#names.get(epoch) ?? 'never' },
    ]
  }

  #renamed(position: Position | undefined): Position | undefined {
    return position && { ...position, epoch: this.#names.get(position.epoch) ?? position.epoch }
  }

  #learn(channel: string, naive: Position | undefined, broker: Position | undefined): void {
    if (!naive || !broker || this.#names.has(naive.epoch)) return
    expect([...this.#names.values()]).not.toContain(broker.epoch)
    this.#names.set(naive.epoch, broker.epoch)
    this.#last.set(channel, [...(this.#last.get(channel) ?? []), naive.epoch])
  }
}

const steps = fc.array(step, { maxLength: 60, size: 'max' })

/** An expectation costs more than both brokers: it is made where it will fail. */
function expectSame(broker: unknown, naive: unknown): void {
  if (!isDeepStrictEqual(broker, naive)) expect(broker).toEqual(naive)
}

it('answers like a broker that remembers everything', () => {
  const property = fc.property(steps, (steps) => {
    const twins = new Twins()

    for (const step of steps) {
      const [naive, broker] = twins.take(step)
      expectSame(broker, naive)
    }

    expect(twins.heard.publications).toEqual(twins.expected)
  })

  fc.assert(property, { numRuns: 500 })
})

it('keeps less where memory is short, and calls no part the whole', () => {
  const property = fc.property(steps, (steps) => {
    const twins = new Twins(1_500)

    for (const step of steps) {
      const [naive, broker] = twins.take(step)
      if (step.do === 'history') expectNoLie(naive as History, broker as History, step)
      else expectSame(broker, naive)
    }
  })

  fc.assert(property, { numRuns: 500 })
})

function expectNoLie(naive: History, broker: History, query: Extract<Step, { do: 'history' }>): void {
  expectSame(broker.position, naive.position)
  if (broker.isComplete) expectSame(naive.isComplete, true)
  if (broker.isComplete && !query.reverse) expectSame(broker.publications, naive.publications)
}
