/** The contract of a broker: what it keeps for those who are away, and how it tells what is missing. */
import { expect, it } from 'vitest'
import { CHANNEL, historyOf, keepAll, keepOne, RULE, textsOf, type Stage } from './stage.ts'

export function describeHistory(stage: Stage): void {
  it('begins empty and complete, and with a life that the first publication continues', async () => {
    const { broker } = await stage.node()

    const empty = await historyOf(broker)
    const again = await historyOf(broker, { limit: 0 })
    const [first] = await keepAll(broker, ['one'])

    expect(empty).toEqual({
      position: { offset: 0, epoch: empty.position.epoch },
      publications: [],
      isComplete: true,
    })
    expect(empty.position.epoch).not.toBe('')
    expect(again).toEqual(empty)
    expect(first).toEqual({ offset: 1, epoch: empty.position.epoch })
  })

  it('numbers what it keeps from 1, one by one, channel by channel', async () => {
    const { broker } = await stage.node()

    const positions = await keepAll(broker, ['one', 'two', 'three'])
    const other = await broker.publish('other', '1', { history: RULE })

    expect(positions.map(({ offset }) => offset)).toEqual([1, 2, 3])
    expect(new Set(positions.map(({ epoch }) => epoch)).size).toBe(1)
    expect(other.position?.offset).toBe(1)
    expect(await historyOf(broker)).toEqual({
      position: positions[2],
      publications: [
        { offset: 1, data: '"one"' },
        { offset: 2, data: '"two"' },
        { offset: 3, data: '"three"' },
      ],
      isComplete: true,
    })
  })

  it('has no part in what is not to be kept', async () => {
    const { broker } = await stage.node()
    const [first] = await keepAll(broker, ['one'])

    const { position } = await broker.publish(CHANNEL, '"passing"', { key: 'k', ttlMs: 1_000 })
    const history = await historyOf(broker)

    expect(position).toBeUndefined()
    expect(history.position).toEqual(first)
    expect(textsOf(history)).toEqual(['one'])
  })

  it.each([
    { since: 0, texts: ['a', 'b', 'c'] },
    { since: 1, texts: ['b', 'c'] },
    { since: 3, texts: [] },
  ])('gives what came after offset $since', async ({ since, texts }) => {
    const { broker } = await stage.node()
    const { position } = await historyOf(broker)
    await keepAll(broker, ['a', 'b', 'c'])

    const history = await historyOf(broker, { since: { ...position, offset: since } })

    expect(textsOf(history)).toEqual(texts)
    expect(history.isComplete).toBe(true)
    expect(history.position).toEqual({ ...position, offset: 3 })
  })

  it.each([
    { limit: 0, reverse: false, texts: [] },
    { limit: 2, reverse: false, texts: ['b', 'c'] },
    { limit: 0, reverse: true, texts: [] },
    { limit: 2, reverse: true, texts: ['d', 'c'] },
    { limit: 9, reverse: true, texts: ['d', 'c', 'b'] },
  ])('gives at most $limit, newest first: $reverse', async ({ limit, reverse, texts }) => {
    const { broker } = await stage.node()
    const rule = { ...RULE, size: 3 }
    await keepAll(broker, ['a', 'b', 'c', 'd'], { history: rule })

    const history = await historyOf(broker, { limit, reverse, rule })

    expect(textsOf(history)).toEqual(texts)
    expect(history.position.offset).toBe(4)
    expect(history.isComplete).toBe(false)
  })

  it('goes back from a position, newest first', async () => {
    const { broker } = await stage.node()
    const positions = await keepAll(broker, ['a', 'b', 'c', 'd'])

    const two = await historyOf(broker, { since: positions[3], limit: 2, reverse: true })
    const rest = await historyOf(broker, { since: positions[1], limit: 2, reverse: true })
    const none = await historyOf(broker, { since: positions[0], limit: 2, reverse: true })

    expect([two, rest, none].map(textsOf)).toEqual([['c', 'b'], ['a'], []])
    expect(two.position).toEqual(positions[3])
  })

  it('keeps as many as the rule says, and tells who missed what was pushed out', async () => {
    const { broker } = await stage.node()
    const rule = { ...RULE, size: 2 }
    const { position } = await historyOf(broker, { rule })
    await keepAll(broker, ['a', 'b', 'c', 'd'], { history: rule })

    const sinces = [undefined, 0, 1, 2, 3, 4]
    const histories = []
    for (const offset of sinces) {
      const since = offset === undefined ? undefined : { ...position, offset }
      histories.push(await historyOf(broker, { since, rule, limit: 10 }))
    }

    expect(histories.map(({ isComplete }) => isComplete)).toEqual([false, false, false, true, true, true])
    expect(histories.map(textsOf).slice(3)).toEqual([['c', 'd'], ['d'], []])
  })

  it('tells whether it is complete to who asks for the position only', async () => {
    const { broker } = await stage.node()
    const rule = { ...RULE, size: 1 }
    const [, second] = await keepAll(broker, ['a', 'b', 'c'], { history: rule })

    const sinceTheBeginning = await historyOf(broker, { limit: 0, rule })
    const sinceTheSecond = await historyOf(broker, { limit: 0, rule, since: second })

    expect(sinceTheBeginning).toMatchObject({ isComplete: false, publications: [], position: { offset: 3 } })
    expect(sinceTheSecond).toMatchObject({ isComplete: true, publications: [], position: { offset: 3 } })
  })

  it('keeps nothing under a rule of size 0, but counts', async () => {
    const { broker } = await stage.node()
    const rule = { ...RULE, size: 0 }
    const [first, second] = await keepAll(broker, ['a', 'b'], { history: rule })

    const history = await historyOf(broker, { since: first, rule })

    expect(second?.offset).toBe(2)
    expect(history).toEqual({ position: second, publications: [], isComplete: false })
  })

  it('keeps fewer as soon as a smaller rule comes', async () => {
    const { broker } = await stage.node()
    const positions = await keepAll(broker, ['a', 'b', 'c', 'd'])
    await keepAll(broker, ['e'], { history: { ...RULE, size: 2 } })

    const history = await historyOf(broker, { since: positions[2] })

    expect(textsOf(history)).toEqual(['d', 'e'])
    expect(history.isComplete).toBe(true)
    expect((await historyOf(broker, { since: positions[1] })).isComplete).toBe(false)
  })

  it('gives nothing, and says so, to who comes from another life', async () => {
    const { broker } = await stage.node()
    const [first, second] = await keepAll(broker, ['a', 'b'])

    const history = await historyOf(broker, { since: { offset: 1, epoch: `${first?.epoch}x` } })
    const fromNothing = await historyOf(broker, { since: { offset: 0, epoch: '' } })

    expect(history).toEqual({ position: second, publications: [], isComplete: false })
    expect(fromNothing).toEqual({ position: second, publications: [], isComplete: false })
  })

  it('gives nothing, and says so, to who is ahead', async () => {
    const { broker } = await stage.node()
    const [, second] = await keepAll(broker, ['a', 'b'])
    const since = { offset: 3, epoch: second?.epoch ?? '' }

    expect(await historyOf(broker, { since })).toEqual({
      position: second,
      publications: [],
      isComplete: false,
    })
  })

  it('lets a newer publication take the place of one under the same key, and misses nothing', async () => {
    const { broker } = await stage.node()
    const first = await keepOne(broker, 'old', { history: RULE, key: 'k' })
    await keepOne(broker, 'other key', { history: RULE, key: 'K' })
    const third = await keepOne(broker, 'new', { history: RULE, key: 'k' })

    const all = await historyOf(broker)
    const afterFirst = await historyOf(broker, { since: first })

    expect(all.publications.map(({ offset }) => offset)).toEqual([2, 3])
    expect(textsOf(all)).toEqual(['other key', 'new'])
    expect([all.isComplete, afterFirst.isComplete]).toEqual([true, true])
    expect(textsOf(afterFirst)).toEqual(['other key', 'new'])
    expect(third.offset).toBe(3)
  })

  it('keeps one of a key however often it is published, and makes no room for it at others’ cost', async () => {
    const { broker } = await stage.node()
    const rule = { ...RULE, size: 2 }
    const first = await keepOne(broker, 'old news', { history: rule })
    for (let n = 1; n <= 9; n += 1) await keepOne(broker, `state ${n}`, { history: rule, key: 'state' })

    const history = await historyOf(broker, { rule })
    const newest = await historyOf(broker, { rule, since: first, reverse: true })

    expect(textsOf(history)).toEqual(['old news', 'state 9'])
    expect(history.isComplete).toBe(true)
    expect(history.position.offset).toBe(10)
    expect(textsOf(newest)).toEqual([])
  })

  it('goes on with a key whose publication was pushed out', async () => {
    const { broker } = await stage.node()
    const rule = { ...RULE, size: 2 }
    const old = await keepOne(broker, 'old', { history: rule, key: 'k' })
    const [a] = await keepAll(broker, ['a', 'b'], { history: rule })
    await keepOne(broker, 'new', { history: rule, key: 'k' })

    const afterOld = await historyOf(broker, { rule, since: old })
    const afterA = await historyOf(broker, { rule, since: a })

    expect([afterOld, afterA].map(textsOf)).toEqual([
      ['b', 'new'],
      ['b', 'new'],
    ])
    expect([afterOld, afterA].map(({ isComplete }) => isComplete)).toEqual([false, true])
  })

  it('keeps the keys of each channel for themselves', async () => {
    const { broker } = await stage.node()
    await keepOne(broker, 'here', { history: RULE, key: 'k' })
    await broker.publish('other', '"there"', { history: RULE, key: 'k' })

    expect(textsOf(await historyOf(broker))).toEqual(['here'])
  })
}
