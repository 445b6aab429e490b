/** The contract of a broker: how publications reach the nodes that are subscribed. */
import { expect, it } from 'vitest'
import { CHANNEL, historyOf, keepAll, RULE, type Stage } from './stage.ts'

const TEXTS = ['"a:b\\n"', '{"emoji":"😀","line":"\u2028","zero":"\\u0000"}', `"${'x'.repeat(60_000)}"`, '""']

export function describeCarrying(stage: Stage): void {
  it('reach a node that is subscribed, as they were published', async () => {
    const { broker, heard } = await stage.node()
    await broker.subscribe([CHANNEL])

    const { position } = await broker.publish(CHANNEL, '{"n":1}', { history: RULE, meta: 'by: "me"\n' })
    await broker.publish(CHANNEL, '{"n":2}')
    await heard.untilData(CHANNEL, '{"n":2}')

    expect(heard.publications).toEqual([
      { channel: CHANNEL, kind: 'pub', data: '{"n":1}', position, meta: 'by: "me"\n' },
      { channel: CHANNEL, kind: 'pub', data: '{"n":2}' },
    ])
  })

  it('say when somebody came or went', async () => {
    const { broker, heard } = await stage.node()
    await broker.subscribe([CHANNEL])

    await broker.publish(CHANNEL, '1', { kind: 'join' })
    await broker.publish(CHANNEL, '2', { kind: 'leave', meta: 'x' })
    await broker.publish(CHANNEL, '3', { kind: 'pub' })
    await heard.untilData(CHANNEL, '3')

    expect(heard.publications.map(({ kind }) => kind)).toEqual(['join', 'leave', 'pub'])
  })

  it.each(TEXTS)('carry and keep any JSON text: %.20s', async (text) => {
    const { broker, heard } = await stage.node()
    await broker.subscribe([CHANNEL])

    await broker.publish(CHANNEL, text, { history: RULE, meta: text })
    await heard.untilData(CHANNEL, text)
    const { publications } = await historyOf(broker)

    expect(heard.publications[0]?.meta).toBe(text)
    expect(publications).toEqual([{ offset: 1, data: text }])
  })

  it('tell how many nodes were told: none before somebody subscribes, none after nobody does', async () => {
    const { broker } = await stage.node()

    const before = await broker.publish(CHANNEL, '1')
    await broker.subscribe([CHANNEL])
    const during = await broker.publish(CHANNEL, '2')
    await broker.unsubscribe([CHANNEL])
    const after = await broker.publish(CHANNEL, '3')

    expect([before.nodes, during.nodes, after.nodes]).toEqual([0, 1, 0].map((nodes) => stage.told(nodes)))
    expect([before.isDuplicate, during.isDuplicate, after.isDuplicate]).toEqual([false, false, false])
  })

  it('tell to how many connections they were queued, where all there are belong to this process', async () => {
    const { broker, heard } = await stage.node()
    const publish = async (connections: number) => {
      heard.connections = connections
      return (await broker.publish(CHANNEL, '1')).connections
    }

    const before = await publish(7)
    await broker.subscribe([CHANNEL])
    const during = [await publish(3), await publish(0)]
    await broker.unsubscribe([CHANNEL])
    const after = await publish(7)

    expect([before, ...during, after]).toEqual([0, 3, 0, 0].map((connections) => stage.queued(connections)))
  })

  it('come only while the node is subscribed', async () => {
    const { broker, heard } = await stage.node()
    await broker.publish(CHANNEL, '"before"')
    await broker.subscribe([CHANNEL])
    await broker.publish(CHANNEL, '"during"')
    await heard.untilData(CHANNEL, '"during"')
    await broker.unsubscribe([CHANNEL])
    await broker.publish(CHANNEL, '"after"')
    await broker.subscribe([CHANNEL])

    await broker.publish(CHANNEL, '"again"')
    await heard.untilData(CHANNEL, '"again"')

    expect(heard.dataOf(CHANNEL)).toEqual(['"during"', '"again"'])
  })

  it('come once, though the channel was asked for again', async () => {
    const { broker, heard } = await stage.node()
    await broker.subscribe([CHANNEL, 'other', CHANNEL])
    await broker.subscribe([CHANNEL])

    const { nodes } = await broker.publish(CHANNEL, '1')
    await broker.publish(CHANNEL, '2')
    await heard.untilData(CHANNEL, '2')

    expect(heard.dataOf(CHANNEL)).toEqual(['1', '2'])
    expect(nodes).toBe(stage.told(1))
  })

  it('go on in the channels that were not unsubscribed', async () => {
    const { broker, heard } = await stage.node()
    await broker.subscribe(['a', 'b', 'c'])
    await broker.unsubscribe(['a', 'c', 'never asked for'])

    await broker.publish('b', '1')
    await heard.untilData('b', '1')

    expect(heard.publications.map(({ channel }) => channel)).toEqual(['b'])
  })

  it('are no matter of channels whose names begin alike, or look like patterns', async () => {
    const { broker, heard } = await stage.node()
    await broker.subscribe(['order', 'order*', 'order?'])

    const { nodes } = await broker.publish('orders', '1')
    await broker.publish('order*', '2')
    await heard.untilData('order*', '2')

    expect(nodes).toBe(stage.told(0))
    expect(heard.publications.map(({ channel }) => channel)).toEqual(['order*'])
  })

  it('come in the order in which they happened, though many are published at once', async () => {
    const { broker, heard } = await stage.node()
    await broker.subscribe([CHANNEL])
    const numbers = Array.from({ length: 50 }, (_, index) => index + 1)

    const published = await Promise.all(
      numbers.map(async (n) => await broker.publish(CHANNEL, `${n}`, { history: RULE })),
    )
    await heard.until(() => heard.publications.length === numbers.length)

    expect(heard.publications.map(({ position }) => position?.offset)).toEqual(numbers)
    expect(published.map(({ position }) => position?.offset).sort((a, b) => (a ?? 0) - (b ?? 0))).toEqual(
      numbers,
    )
  })

  it('are either in the history or heard, when a node subscribes while others publish', async () => {
    const { broker, heard } = await stage.node()
    const rule = { ...RULE, size: 100 }
    const publishing = keepAll(broker, Array<string>(40).fill('x'), { history: rule })
    await broker.subscribe([CHANNEL])

    const { publications, position } = await historyOf(broker, { rule })
    await publishing
    await broker.publish(CHANNEL, '"last"')
    await heard.untilData(CHANNEL, '"last"')

    const later = heard.publications.map((one) => one.position?.offset ?? Infinity)
    const all = [...publications.map(({ offset }) => offset), ...later.filter((n) => n > position.offset)]
    expect(all.slice(0, -1)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1))
  })

  it('can be made without a node: before start, or by who never starts', async () => {
    const broker = await stage.connect()

    const { position, nodes } = await broker.publish(CHANNEL, '1', { history: RULE })

    expect(position?.offset).toBe(1)
    expect(nodes).toBe(stage.told(0))
  })

  it('are no trouble when the broker is closed, which may be done twice', async () => {
    const { broker, heard } = await stage.node()
    await broker.subscribe([CHANNEL])

    await broker.close()
    await broker.close()

    expect(heard.failures).toEqual([])
  })

  if (stage.traits.nodes === 'several') describeSeveralNodes(stage)
}

function describeSeveralNodes(stage: Stage): void {
  it('reach every node that is subscribed, whoever published, and are counted', async () => {
    const a = await stage.node('node-a')
    const b = await stage.node('node-b')
    const publisher = await stage.connect()
    await a.broker.subscribe([CHANNEL])
    await b.broker.subscribe([CHANNEL, 'only b'])

    const published = [
      await publisher.publish(CHANNEL, '1', { history: RULE, meta: 'm' }),
      await a.broker.publish('only b', '2', { history: RULE }),
      await b.broker.publish(CHANNEL, '3', { history: RULE }),
    ]
    await Promise.all([a.heard.untilData(CHANNEL, '3'), b.heard.untilData(CHANNEL, '3')])

    expect(published.map(({ nodes }) => nodes)).toEqual([2, 1, 2].map((nodes) => stage.told(nodes)))
    expect(a.heard.publications).toEqual(b.heard.publications.filter(({ channel }) => channel === CHANNEL))
    expect(a.heard.dataOf(CHANNEL)).toEqual(['1', '3'])
    expect(b.heard.dataOf('only b')).toEqual(['2'])
  })

  it('come in one order to all nodes, though several publish at once', async () => {
    const a = await stage.node('node-a')
    const b = await stage.node('node-b')
    await Promise.all([a.broker.subscribe([CHANNEL]), b.broker.subscribe([CHANNEL])])

    await Promise.all([
      keepAll(a.broker, Array<string>(25).fill('from a')),
      keepAll(b.broker, Array<string>(25).fill('from b')),
    ])
    await a.heard.until(() => a.heard.publications.length === 50)
    await b.heard.until(() => b.heard.publications.length === 50)

    const offsets = a.heard.publications.map(({ position }) => position?.offset)
    expect(offsets).toEqual(Array.from({ length: 50 }, (_, index) => index + 1))
    expect(b.heard.publications).toEqual(a.heard.publications)
  })

  it('still reach the others after one node was closed, and that one no more', async () => {
    const a = await stage.node('node-a')
    const b = await stage.node('node-b')
    await Promise.all([a.broker.subscribe([CHANNEL]), b.broker.subscribe([CHANNEL])])

    await a.broker.close()
    await b.broker.publish(CHANNEL, '1')
    await b.heard.untilData(CHANNEL, '1')

    expect(a.heard.publications).toEqual([])
  })

  it('have one history, whichever node asks', async () => {
    const a = await stage.node('node-a')
    const b = await stage.node('node-b')

    const opened = await historyOf(b.broker)
    await keepAll(a.broker, ['one'])
    await keepAll(b.broker, ['two'])

    expect(await historyOf(a.broker)).toEqual(await historyOf(b.broker))
    expect(await historyOf(a.broker)).toEqual({
      position: { offset: 2, epoch: opened.position.epoch },
      publications: [
        { offset: 1, data: '"one"' },
        { offset: 2, data: '"two"' },
      ],
      isComplete: true,
    })
  })
}
