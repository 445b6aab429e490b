/** Processes that share a broker, and what they ask of each other. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MemoryBroker } from '../../../src/channels/websocket/broker/memory-broker.ts'
import { Nodes, type NodeRequest, type Tally } from '../../../src/channels/websocket/nodes.ts'
import { NotifyError } from '../../../src/index.ts'
import { FakeClock } from '../../../src/testing/index.ts'

const whom = { user: '1001' }

/** Carries control messages, and nothing else, between the processes that were put on it. */
class ControlLine extends MemoryBroker {
  readonly nodes = new Map<string, (message: string) => void>()
  /** How many processes were told, as brokers say that do not know. */
  told: number | null | undefined
  failure: NotifyError | undefined

  override control(message: string, node?: string): number {
    if (this.failure) throw this.failure
    const hearers = [...this.nodes].filter(([name]) => node === undefined || name === node)
    for (const [, hear] of hearers) hear(message)
    return (this.told === undefined ? hearers.length : this.told) as number
  }
}

function stage() {
  const clock = new FakeClock()
  const line = new ControlLine({ clock })
  const asked: NodeRequest[] = []
  const reported: unknown[] = []
  /** A process with so many connections of whoever is asked for. */
  const join = (node: string, connections: number) => {
    const perform = (request: NodeRequest) => {
      asked.push(request)
      return connections
    }
    const nodes = new Nodes({ node, broker: line, clock, perform, report: (error) => reported.push(error) })
    line.nodes.set(node, (message) => nodes.hear(message))
    return nodes
  }
  return { clock, line, asked, reported, join }
}

/** What a question has come to, without waiting for it. */
function outcome<T>(answer: Promise<T>) {
  const seen: { value?: T } = {}
  void answer.then((value) => Object.assign(seen, { value }))
  return seen
}

describe('a question to all processes', () => {
  it('is answered with the sum, as soon as all have answered', async () => {
    const { clock, asked, join } = stage()
    const nodes = join('a', 1)
    join('b', 2)
    join('c', 0)

    expect(await nodes.ask({ what: 'count', whom })).toBe(3)

    expect(asked).toMatchObject(Array(3).fill({ what: 'count', whom }))
    expect(clock.pending).toBe(0)
  })

  it('is answered after 250 ms where a process says nothing, with what the others said', async () => {
    const { clock, line, join } = stage()
    const nodes = join('a', 1)
    join('b', 2)
    line.nodes.set('stopped', () => undefined)

    const seen = outcome(nodes.ask({ what: 'disconnect', whom, reconnect: true }))
    await clock.advance(249)
    expect(seen).toEqual({})
    await clock.advance(1)

    expect(seen).toEqual({ value: 3 })
    expect(clock.pending).toBe(0)
  })

  it('waits all of the 250 ms where nobody knows how many will answer', async () => {
    const { clock, line, join } = stage()
    const nodes = join('a', 1)
    line.told = null

    const seen = outcome(nodes.ask({ what: 'count', whom }))
    await clock.advance(249)
    expect(seen).toEqual({})
    await clock.advance(1)

    expect(seen).toEqual({ value: 1 })
  })

  it('fails where the line is down', async () => {
    const { line, join } = stage()
    const nodes = join('a', 1)
    line.failure = new NotifyError('UNAVAILABLE', 'No line to Redis')

    await expect(nodes.ask({ what: 'count', whom })).rejects.toBe(line.failure)
  })

  it('is not answered by the answers to another', async () => {
    const { line, join } = stage()
    const nodes = join('a', 1)
    join('b', 2)

    const counts = await Promise.all([nodes.ask({ what: 'count', whom }), nodes.ask({ what: 'count', whom })])
    line.nodes.get('a')?.('{"answer":"of-nobody","tally":{"queued":99,"written":99}}')

    expect(counts).toEqual([3, 3])
  })
})

describe('a question that goes along with a publication', () => {
  it('counts the answers that come before it is collected too, of this process and of others', async () => {
    const { join } = stage()
    const [a, b] = [join('a', 0), join('b', 0)]
    const question = a.open()

    a.answer('a', question.id, { queued: 2, written: 1 })
    b.answer('a', question.id, { queued: 3, written: 3 })

    expect(await question.collect(2, 1_000)).toEqual({ queued: 5, written: 4 })
  })

  it('is over as soon as the last answer comes, and leaves no timer', async () => {
    const { clock, join } = stage()
    const [a, b] = [join('a', 0), join('b', 0)]
    const question = a.open()
    const collected = question.collect(2, 1_000)
    a.answer('a', question.id, { queued: 1, written: 1 })
    expect(clock.pending).toBe(1)

    b.answer('a', question.id, { queued: 1, written: 0 })

    expect(await collected).toEqual({ queued: 2, written: 1 })
    expect(clock.pending).toBe(0)
  })

  it('takes no answer that comes after the time was up', async () => {
    const { clock, join } = stage()
    const [a, b] = [join('a', 0), join('b', 0)]
    const question = a.open()
    const collected = question.collect(2, 1_000)
    b.answer('a', question.id, { queued: 1, written: 1 })

    await clock.advance(1_000)
    const tally: Tally = await collected
    b.answer('a', question.id, { queued: 9, written: 9 })

    expect(tally).toEqual({ queued: 1, written: 1 })
  })

  it('is over at once where nobody was told', async () => {
    const { clock, join } = stage()

    expect(await join('a', 0).open().collect(0, 1_000)).toEqual({ queued: 0, written: 0 })

    expect(clock.pending).toBe(0)
  })
})

describe('a message that is none of ours', () => {
  const fields = fc.constantFrom('ask', 'from', 'what', 'whom', 'answer', 'tally', 'reconnect', '__proto__')
  const junk = fc.oneof(
    fc.string(),
    fc.json(),
    fc.dictionary(fields, fc.jsonValue()).map((value) => JSON.stringify(value)),
  )

  it('does nothing, and is no error', () => {
    const { asked, reported, join } = stage()
    const nodes = join('a', 1)

    fc.assert(
      fc.property(junk, (message) => {
        nodes.hear(message)
      }),
      { numRuns: 2_000 },
    )

    expect(asked).toEqual([])
    expect(reported).toEqual([])
  })

  it('does nothing where it is of a newer version that asks for more', () => {
    const { asked, join } = stage()

    join('a', 1).hear(JSON.stringify({ ask: 'q', from: 'b', what: 'rebalance', whom }))

    expect(asked).toEqual([])
  })

  it('is answered where it only has fields that we do not know', () => {
    const { asked, line, join } = stage()
    const heard: unknown[] = []
    line.nodes.set('b', (message) => heard.push(JSON.parse(message)))

    join('a', 7).hear(JSON.stringify({ ask: 'q', from: 'b', what: 'count', whom, since: 3 }))

    expect(asked).toHaveLength(1)
    expect(heard).toEqual([{ answer: 'q', tally: { queued: 7, written: 7 } }])
  })
})
