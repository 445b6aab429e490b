/** Several nodes over one Redis, at the same time. */
import fc from 'fast-check'
import { afterEach, expect, it } from 'vitest'
import { Nodes, redisAt, RULE, type TestNode } from './push-support.ts'
import { describeOnRedis } from './support.ts'

const QUERY = { limit: 10_000, rule: RULE }

describeOnRedis('several nodes', (on) => {
  const nodes = new Nodes()
  afterEach(async () => {
    await nodes.close()
    await on.control.flushall()
  })

  const start = async () => await nodes.start(redisAt(on.server.port))

  it('that publish fifty times under one id at once publish once', async () => {
    const [one, two, hearer] = [await start(), await start(), await start()]
    await hearer.broker.subscribe(['orders'])

    const published = await Promise.all(
      Array.from({ length: 50 }, async (_, n) => {
        const { broker } = n % 2 === 0 ? one : two
        return await broker.publish('orders', `${n}`, { history: RULE, id: 'x' })
      }),
    )
    await one.broker.publish('orders', '"end"')
    await hearer.heard.untilData('orders', '"end"')

    expect(published.filter(({ isDuplicate }) => isDuplicate)).toHaveLength(49)
    expect(new Set(published.map(({ position }) => `${position?.offset} ${position?.epoch}`)).size).toBe(1)
    expect(hearer.heard.publications).toHaveLength(2)
    expect((await one.broker.history('orders', QUERY)).publications).toHaveLength(1)
  })

  it('hear each only the channels they have subscribed to', async () => {
    const three = [await start(), await start(), await start()]
    for (const [index, { broker }] of three.entries()) await broker.subscribe([`only ${index}`, 'all'])
    const before = await bytesOut()

    const told = []
    for (let n = 0; n < 3; n += 1)
      told.push((await three[0]?.broker.publish(`only ${n}`, `"${'x'.repeat(100_000)}"`))?.nodes)
    told.push(
      (await three[0]?.broker.publish('all', '1'))?.nodes,
      (await three[0]?.broker.publish('none', '1'))?.nodes,
    )
    for (const { heard } of three) await heard.untilData('all', '1')

    expect(told).toEqual([1, 1, 1, 3, 0])
    expect(three.map(({ heard }) => heard.publications.map(({ channel }) => channel))).toEqual(
      [0, 1, 2].map((n) => [`only ${n}`, 'all']),
    )
    // Once over the wire for each that wants it; a broker that tells every node all would take nine times as much.
    expect((await bytesOut()) - before).toBeLessThan(3 * 100_000 + 50_000)
  })

  it('lose nothing, hear nothing twice and keep the order, whatever happens at the same time', async () => {
    const publishers = [await start(), await start()]
    const step = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({
          what: fc.constant('publish' as const),
          by: fc.nat(1),
          times: fc.integer({ min: 1, max: 8 }),
        }),
      },
      { weight: 2, arbitrary: fc.record({ what: fc.constant('subscribe' as const), pause: fc.boolean() }) },
      { weight: 1, arbitrary: fc.record({ what: fc.constant('unsubscribe' as const), pause: fc.boolean() }) },
      { weight: 1, arbitrary: fc.record({ what: fc.constant('cut' as const), pause: fc.boolean() }) },
    )
    let round = 0
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
        round += 1
        const channel = `channel ${round}`
        const node = await start()
        const work: Promise<unknown>[] = []
        for (const one of steps) {
          if (one.what === 'publish') {
            for (let n = 0; n < one.times; n += 1) work.push(publish(publishers[one.by], channel))
            continue
          }
          if (one.what === 'cut') await on.control.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
          else await node.broker[one.what]([channel])
          if (one.pause) await on.control.ping()
        }
        await Promise.all(work)
        await node.broker.subscribe([channel])
        const from = await publish(publishers[0], channel)
        let last = from
        await expect
          .poll(async () => {
            last = await publish(publishers[0], channel)
            return node.heard.publications.some(({ position }) => (position?.offset ?? 0) > from)
          })
          .toBe(true)

        const offsets = node.heard.publications.map(({ position }) => position?.offset ?? 0)
        const { publications, isComplete } = await node.broker.history(channel, QUERY)
        expect(offsets).toEqual([...new Set(offsets)].sort((a, b) => a - b))
        expect(isComplete).toBe(true)
        expect(publications.map(({ offset }) => offset)).toEqual(
          Array.from({ length: last }, (_, n) => n + 1),
        )
        const isSame = ({ data, position }: { data: string; position?: { offset: number } | undefined }) =>
          publications[(position?.offset ?? 0) - 1]?.data === data
        expect(node.heard.publications.every(isSame)).toBe(true)
      }),
      { numRuns: 40 },
    )
  })

  it('miss nothing between what the history says and what they hear from then on', async () => {
    const publisher = await start()
    let round = 0
    await fc.assert(
      fc.asyncProperty(fc.nat(30), fc.nat(30), async (before, during) => {
        round += 1
        const channel = `joined ${round}`
        const node = await start()
        for (let n = 0; n < before; n += 1) await publish(publisher, channel)
        const publishing = Promise.all(Array.from({ length: during }, () => publish(publisher, channel)))

        await node.broker.subscribe([channel])
        const { publications, position } = await node.broker.history(channel, QUERY)
        await publishing
        const last = await publish(publisher, channel)
        await node.heard.until(() => node.heard.publications.at(-1)?.position?.offset === last)

        const live = node.heard.publications
          .map(({ position: at }) => at?.offset ?? 0)
          .filter((at) => at > position.offset)
        expect([...publications.map(({ offset }) => offset), ...live]).toEqual(
          Array.from({ length: before + during + 1 }, (_, n) => n + 1),
        )
      }),
      { numRuns: 40 },
    )
  })

  async function publish(node: TestNode | undefined, channel: string): Promise<number> {
    const published = await node?.broker.publish(channel, `${Math.random()}`, { history: RULE })
    return published?.position?.offset ?? 0
  }

  async function bytesOut(): Promise<number> {
    return Number(/total_net_output_bytes:(\d+)/.exec(await on.control.info('stats'))?.[1])
  }
})
