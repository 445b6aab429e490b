/** The contract of a broker: how far each device is, and who is told. */
import { expect, it } from 'vitest'
import type { Position, PushBroker } from '../../../src/core/push-broker.ts'
import { CHANNEL, keepAll, LONG_MS, SHORT_MS, type Stage } from './stage.ts'

const FIVE = ['1', '2', '3', '4', '5']

async function epochOfFive(broker: PushBroker): Promise<string> {
  const [first] = await keepAll(broker, FIVE)
  return first?.epoch ?? ''
}

async function acknowledge(broker: PushBroker, device: string, position: Position, ttlMs = LONG_MS) {
  return await broker.acknowledge({ channel: CHANNEL, device, position }, ttlMs)
}

export function describeAcknowledgements(stage: Stage): void {
  it('move the device forward, and never back', async () => {
    const { broker } = await stage.node()
    const epoch = await epochOfFive(broker)

    const answers = []
    for (const offset of [2, 1, 4, 3, 4]) answers.push(await acknowledge(broker, 'phone', { offset, epoch }))

    expect(answers).toEqual([2, 2, 4, 4, 4].map((offset) => ({ offset, epoch })))
    expect(await broker.cursor(CHANNEL, 'phone')).toEqual({ offset: 4, epoch })
  })

  it('of another life are ignored', async () => {
    const { broker } = await stage.node()
    const epoch = await epochOfFive(broker)
    await acknowledge(broker, 'phone', { offset: 2, epoch })

    const answer = await acknowledge(broker, 'phone', { offset: 3, epoch: `${epoch}x` })

    expect(answer).toBeUndefined()
    expect(await broker.cursor(CHANNEL, 'phone')).toEqual({ offset: 2, epoch })
  })

  it('in a channel where nothing was ever published are ignored, and begin no life', async () => {
    const { broker } = await stage.node()

    expect(await acknowledge(broker, 'phone', { offset: 1, epoch: '' })).toBeUndefined()
    expect(await acknowledge(broker, 'phone', { offset: 0, epoch: 'x' })).toBeUndefined()
    expect(await broker.cursor(CHANNEL)).toBeUndefined()
    expect(await broker.cursor(CHANNEL, 'phone')).toBeUndefined()
  })

  it('ahead of the channel count as its newest', async () => {
    const { broker } = await stage.node()
    const epoch = await epochOfFive(broker)

    const answer = await acknowledge(broker, 'phone', { offset: 1_000, epoch })
    await keepAll(broker, ['6', '7'])

    expect(answer).toEqual({ offset: 5, epoch })
    expect(await broker.cursor(CHANNEL, 'phone')).toEqual({ offset: 5, epoch })
  })

  it('are kept for each device; without one, the foremost is told', async () => {
    const { broker } = await stage.node()
    const epoch = await epochOfFive(broker)
    const before = await broker.cursor(CHANNEL)
    await acknowledge(broker, 'laptop', { offset: 4, epoch })
    await acknowledge(broker, 'phone', { offset: 2, epoch })

    const cursors = [
      await broker.cursor(CHANNEL, 'laptop'),
      await broker.cursor(CHANNEL, 'phone'),
      await broker.cursor(CHANNEL),
    ]

    expect(before).toBeUndefined()
    expect(cursors).toEqual([4, 2, 4].map((offset) => ({ offset, epoch })))
    expect(await broker.cursor(CHANNEL, 'tablet')).toBeUndefined()
    expect(await broker.cursor('other', 'phone')).toBeUndefined()
  })

  it('compare as numbers, not as texts', async () => {
    const { broker } = await stage.node()
    const [first] = await keepAll(broker, Array<string>(12).fill('x'))
    const epoch = first?.epoch ?? ''
    await acknowledge(broker, 'a', { offset: 9, epoch })
    await acknowledge(broker, 'a', { offset: 10, epoch })
    await acknowledge(broker, 'b', { offset: 9, epoch })

    expect(await broker.cursor(CHANNEL, 'a')).toEqual({ offset: 10, epoch })
    expect(await broker.cursor(CHANNEL)).toEqual({ offset: 10, epoch })
  })

  it('are of devices of any name', async () => {
    const { broker } = await stage.node()
    const epoch = await epochOfFive(broker)
    const names = ['', '*', '__proto__', 'a b:c\n', '手机', 'epoch']
    for (const [index, name] of names.entries()) {
      await acknowledge(broker, name, { offset: (index % 5) + 1, epoch })
    }

    const cursors = []
    for (const name of names) cursors.push((await broker.cursor(CHANNEL, name))?.offset)

    expect(cursors).toEqual([1, 2, 3, 4, 5, 1])
  })

  it('are forgotten when their time is over, and last as long as the last one said', async () => {
    const { broker } = await stage.node()
    const epoch = await epochOfFive(broker)
    const [position] = await keepAll(broker, ['x'])
    const other = await broker.publish('other', '1', { history: { size: 1, ttlMs: LONG_MS } })
    await acknowledge(broker, 'phone', { offset: 2, epoch }, SHORT_MS)
    const renewed = {
      channel: 'other',
      device: 'phone',
      position: other.position ?? { offset: 0, epoch: '' },
    }
    await broker.acknowledge(renewed, SHORT_MS)
    await broker.acknowledge(renewed, LONG_MS)
    await stage.passShort()

    expect(await broker.cursor(CHANNEL, 'phone')).toBeUndefined()
    expect(await broker.cursor(CHANNEL)).toBeUndefined()
    expect(await broker.cursor('other', 'phone')).toEqual(other.position)
    expect(position?.epoch).toBe(epoch)
  })

  it('are told to who watches the channel, subscribed or not, as they count', async () => {
    const { broker, heard } = await stage.node()
    const epoch = await epochOfFive(broker)
    await broker.watch(CHANNEL)

    await acknowledge(broker, 'phone', { offset: 2, epoch })
    await acknowledge(broker, 'laptop', { offset: 1, epoch: `${epoch}x` })
    await acknowledge(broker, 'laptop', { offset: 1_000, epoch })
    await heard.until(() => heard.acknowledgements.length === 2)

    expect(heard.acknowledgements).toEqual([
      { channel: CHANNEL, device: 'phone', position: { offset: 2, epoch } },
      { channel: CHANNEL, device: 'laptop', position: { offset: 5, epoch } },
    ])
  })

  it('are told until the channel is unwatched as often as it was watched', async () => {
    const { broker, heard } = await stage.node()
    const epoch = await epochOfFive(broker)
    await acknowledge(broker, 'phone', { offset: 1, epoch })
    await broker.watch(CHANNEL)
    await broker.watch(CHANNEL)
    await broker.unwatch(CHANNEL)
    await acknowledge(broker, 'phone', { offset: 2, epoch })
    await heard.until(() => heard.acknowledgements.length === 1)
    await broker.unwatch(CHANNEL)
    await acknowledge(broker, 'phone', { offset: 3, epoch })
    await broker.watch(CHANNEL)

    await acknowledge(broker, 'phone', { offset: 4, epoch })
    await heard.until(() => heard.acknowledgements.some(({ position }) => position.offset === 4))

    expect(heard.acknowledgements.map(({ position }) => position.offset)).toEqual([2, 4])
  })

  it('are not told of channels that nobody watches', async () => {
    const { broker, heard } = await stage.node()
    const epoch = await epochOfFive(broker)
    await broker.subscribe([CHANNEL])
    await broker.watch('other')
    await broker.unwatch('never watched')
    await acknowledge(broker, 'phone', { offset: 1, epoch })
    await broker.watch(CHANNEL)

    await acknowledge(broker, 'phone', { offset: 2, epoch })
    await heard.until(() => heard.acknowledgements.some(({ position }) => position.offset === 2))

    expect(heard.acknowledgements.map(({ position }) => position.offset)).toEqual([2])
    expect(heard.publications).toEqual([])
  })

  if (stage.traits.nodes === 'several') {
    it('on one node are known to all, and told to those that watch', async () => {
      const a = await stage.node('node-a')
      const b = await stage.node('node-b')
      const epoch = await epochOfFive(a.broker)
      await a.broker.watch(CHANNEL)

      await acknowledge(b.broker, 'phone', { offset: 3, epoch })
      await a.heard.until(() => a.heard.acknowledgements.length === 1)
      await b.broker.watch(CHANNEL)
      await acknowledge(a.broker, 'phone', { offset: 4, epoch })
      await b.heard.until(() => b.heard.acknowledgements.length > 0)

      expect(a.heard.acknowledgements[0]?.position).toEqual({ offset: 3, epoch })
      expect(b.heard.acknowledgements.map(({ position }) => position.offset)).toEqual([4])
      expect(await a.broker.cursor(CHANNEL, 'phone')).toEqual({ offset: 4, epoch })
    })
  }
}
