/** The contract of a broker: what becomes of what is kept as time passes. */
import { expect, it } from 'vitest'
import { historyOf, keepAll, keepOne, LONG_MS, RULE, SHORT_MS, textsOf, type Stage } from './stage.ts'

const SHORT_RULE = { ...RULE, ttlMs: SHORT_MS }

export function describeHistoryInTime(stage: Stage): void {
  it('no longer has what is older than the rule allows, and says so', async () => {
    const { broker } = await stage.node()
    const { position } = await historyOf(broker)
    await keepAll(broker, ['a', 'b'], { history: SHORT_RULE })
    await stage.passShort()

    const history = await historyOf(broker, { since: position })

    expect(history.publications).toEqual([])
    expect(history.isComplete).toBe(false)
  })

  it('shows nothing older than who asks wants to see, and says so', async () => {
    const { broker } = await stage.node()
    const first = await keepOne(broker, 'a', { history: RULE })
    const second = await keepOne(broker, 'b', { history: RULE, ttlMs: LONG_MS / 2 })
    await stage.passShort()

    const recent = await historyOf(broker, { rule: SHORT_RULE })
    const afterFirst = await historyOf(broker, { rule: SHORT_RULE, since: first })
    const afterSecond = await historyOf(broker, { rule: SHORT_RULE, since: second })
    const backwards = await historyOf(broker, { rule: SHORT_RULE, reverse: true })

    expect(recent).toEqual({ position: second, publications: [], isComplete: false })
    expect(afterFirst).toEqual({ position: second, publications: [], isComplete: false })
    expect(afterSecond).toEqual({ position: second, publications: [], isComplete: true })
    expect(backwards).toEqual({ position: second, publications: [], isComplete: false })
  })

  it('leaves out what is of no use any longer, which is no loss', async () => {
    const { broker } = await stage.node()
    const { position } = await historyOf(broker)
    await keepOne(broker, 'soon over', { history: RULE, ttlMs: SHORT_MS })
    await keepOne(broker, 'of use', { history: RULE, ttlMs: LONG_MS / 2 })
    await keepOne(broker, 'soon over, too', { history: RULE, ttlMs: SHORT_MS })
    await stage.passShort()

    const histories = [
      await historyOf(broker),
      await historyOf(broker, { since: position }),
      await historyOf(broker, { reverse: true }),
      await historyOf(broker, { limit: 1 }),
    ]

    expect(histories.map(textsOf)).toEqual([['of use'], ['of use'], ['of use'], ['of use']])
    expect(histories.map(({ isComplete }) => isComplete)).toEqual([true, true, true, true])
    expect(histories.map((one) => one.position.offset)).toEqual([3, 3, 3, 3])
  })

  it('keeps nothing for longer than the rule, whatever the message says', async () => {
    const { broker } = await stage.node()
    const { position } = await historyOf(broker)
    await keepOne(broker, 'a', { history: SHORT_RULE, ttlMs: LONG_MS })
    await stage.passShort()

    const history = await historyOf(broker, { since: position })

    expect(history.publications).toEqual([])
    expect(history.isComplete).toBe(false)
  })

  it('still has what is young, and its life, when what is old is gone', async () => {
    const { broker } = await stage.node()
    await keepAll(broker, ['a'])
    await stage.passShort()

    const [second] = await keepAll(broker, ['b'])
    const history = await historyOf(broker)

    expect(textsOf(history)).toEqual(['a', 'b'])
    expect(history.position).toEqual(second)
    expect(history.isComplete).toBe(true)
  })
}
