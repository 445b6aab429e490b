/** The contract of a broker: a publication under one id happens once. */
import { expect, it } from 'vitest'
import { CHANNEL, historyOf, RULE, textsOf, type Node, type Stage } from './stage.ts'

/** What a node heard in the channel up to a publication made now. */
async function heardBy({ broker, heard }: Node): Promise<string[]> {
  await broker.publish(CHANNEL, '"end"')
  await heard.untilData(CHANNEL, '"end"')
  return heard.dataOf(CHANNEL).slice(0, -1)
}

export function describeIds(stage: Stage): void {
  it('make a second publication none, and give the first one’s answer', async () => {
    const node = await stage.node()
    await node.broker.subscribe([CHANNEL])
    const first = await node.broker.publish(CHANNEL, '1', { history: RULE, id: 'x' })
    await node.broker.publish(CHANNEL, '2', { history: RULE })
    // What comes after it has unsubscribed is not told, also where it was on its way.
    await node.heard.untilData(CHANNEL, '2')
    await node.broker.unsubscribe([CHANNEL])
    await node.broker.subscribe([CHANNEL])

    const second = await node.broker.publish(CHANNEL, '3', { history: RULE, id: 'x' })

    const { position } = first
    const [nodes, connections] = [stage.told(1), stage.queued(1)]
    expect(position).toMatchObject({ offset: 1 })
    expect(first).toEqual({ position, nodes, connections, isDuplicate: false })
    expect(second).toEqual({ position, nodes, isDuplicate: true })
    expect(await heardBy(node)).toEqual(['1', '2'])
    expect(textsOf(await historyOf(node.broker))).toEqual([1, 2])
  })

  it('count for what is not kept as well', async () => {
    const node = await stage.node()
    await node.broker.subscribe([CHANNEL])
    const first = await node.broker.publish(CHANNEL, '1', { id: 'x' })

    const second = await node.broker.publish(CHANNEL, '2', { id: 'x' })

    expect(first).toEqual({ nodes: stage.told(1), connections: stage.queued(1), isDuplicate: false })
    expect(second).toEqual({ nodes: stage.told(1), isDuplicate: true })
    expect(await heardBy(node)).toEqual(['1'])
  })

  it('count for what was kept though nobody was told', async () => {
    const node = await stage.node()
    const first = await node.broker.publish(CHANNEL, '1', { history: RULE, id: 'x' })
    await node.broker.subscribe([CHANNEL])

    const second = await node.broker.publish(CHANNEL, '2', { id: 'x' })

    const { position } = first
    expect(second).toEqual({ position, nodes: stage.told(0), isDuplicate: true })
    expect(await heardBy(node)).toEqual([])
  })

  describeAgain(stage)

  it('replace nothing under a key the second time', async () => {
    const { broker } = await stage.node()
    await broker.publish(CHANNEL, '1', { history: RULE, key: 'k', id: 'x' })
    await broker.publish(CHANNEL, '2', { history: RULE, key: 'k', id: 'y' })

    await broker.publish(CHANNEL, '3', { history: RULE, key: 'k', id: 'x' })

    expect(textsOf(await historyOf(broker))).toEqual([2])
  })

  it('let one through of many that are published at once', async () => {
    const node = await stage.node()
    await node.broker.subscribe([CHANNEL])

    const published = await Promise.all(
      Array.from(
        { length: 20 },
        async () => await node.broker.publish(CHANNEL, '1', { history: RULE, id: 'x' }),
      ),
    )

    expect(published.filter(({ isDuplicate }) => !isDuplicate)).toHaveLength(1)
    expect(new Set(published.map(({ position }) => position?.offset))).toEqual(new Set([1]))
    expect(await heardBy(node)).toEqual(['1'])
  })

  it('are remembered though the publication itself is gone', async () => {
    const { broker } = await stage.node()
    const rule = { size: 0, ttlMs: 100_000 }
    const first = await broker.publish(CHANNEL, '1', { history: rule, id: 'x', ttlMs: 1 })
    await stage.passShort()

    const second = await broker.publish(CHANNEL, '1', { history: rule, id: 'x' })

    const { position, nodes } = first
    expect(second).toEqual({ position, nodes, isDuplicate: true })
  })

  it('are other ids in other channels, and where they look alike', async () => {
    const { broker } = await stage.node()
    const of = async (channel: string, id: string) =>
      (await broker.publish(channel, '1', { history: RULE, id })).isDuplicate

    const areDuplicates = [
      await of('a', 'x'),
      await of('b', 'x'),
      await of('a', 'X'),
      await of('a', 'x '),
      await of('a:x', 'x'),
      await of('a', 'x:x'),
      await of('a', 'x'),
    ]

    expect(areDuplicates).toEqual([false, false, false, false, false, false, true])
  })

  if (stage.traits.nodes === 'several') {
    it('count on every node', async () => {
      const a = await stage.node('node-a')
      const b = await stage.node('node-b')
      await a.broker.subscribe([CHANNEL])

      const published = await Promise.all(
        [a, b, a, b].map(
          async ({ broker }) => await broker.publish(CHANNEL, '1', { history: RULE, id: 'x' }),
        ),
      )

      expect(published.filter(({ isDuplicate }) => !isDuplicate)).toHaveLength(1)
      expect(await heardBy(a)).toEqual(['1'])
    })
  }
}

/** Whether what was published before was, where it may be that nobody has it. */
function describeAgain(stage: Stage): void {
  const isAlone = stage.traits.nodes === 'one'
  const publishTo = (node: Node) => async (data: string, connections: number) => {
    node.heard.connections = connections
    return await node.broker.publish(CHANNEL, data, { id: 'x' })
  }

  // Who cannot know whether anybody was told must not tell them twice.
  if (stage.traits.counts) {
    it('let what nobody has and nobody will be published again', async () => {
      const node = await stage.node()
      const publish = publishTo(node)
      const nobody = [await publish('1', 1), await publish('2', 1)]
      await node.broker.subscribe([CHANNEL])

      const somebody = [await publish('3', 1), await publish('4', 1)]

      const untold = { nodes: 0, connections: stage.queued(0), isDuplicate: false }
      expect(nobody).toEqual([untold, untold])
      expect(somebody).toEqual([
        { nodes: 1, connections: stage.queued(1), isDuplicate: false },
        { nodes: 1, isDuplicate: true },
      ])
      expect(await heardBy(node)).toEqual(['3'])
    })
  }

  const name = isAlone
    ? 'let what the only node queued to no connection be published again'
    : 'count for what a node was told, to however many connections it queued that'
  it(name, async () => {
    const node = await stage.node()
    const publish = publishTo(node)
    await node.broker.subscribe([CHANNEL])

    const published = [await publish('1', 0), await publish('2', 1), await publish('3', 0)]

    expect(published.map(({ isDuplicate }) => isDuplicate)).toEqual([false, !isAlone, true])
    expect(published.map(({ connections }) => connections)).toEqual(
      isAlone ? [0, 1, undefined] : [undefined, undefined, undefined],
    )
    expect(await heardBy(node)).toEqual(isAlone ? ['1', '2'] : ['1'])
  })

  it('count for what was kept, though it was queued to no connection', async () => {
    const node = await stage.node()
    await node.broker.subscribe([CHANNEL])
    node.heard.connections = 0
    const { position } = await node.broker.publish(CHANNEL, '1', { history: RULE, id: 'x' })

    const second = await node.broker.publish(CHANNEL, '2', { history: RULE, id: 'x' })

    expect(second).toEqual({ position, nodes: stage.told(1), isDuplicate: true })
    expect(await heardBy(node)).toEqual(['1'])
  })
}
