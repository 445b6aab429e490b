/** The contract of a broker: texts kept under ids that are hard to guess. */
import { expect, it } from 'vitest'
import { LONG_MS, SHORT_MS, type Stage } from './stage.ts'

export function describeTexts(stage: Stage): void {
  it('can be read as often as one likes, and taken once', async () => {
    const { broker } = await stage.node()
    await broker.keep('id', 'text: "😀"\n', LONG_MS)

    const answers = [
      await broker.read('id'),
      await broker.read('id'),
      await broker.take('id'),
      await broker.take('id'),
      await broker.read('id'),
    ]

    const text = 'text: "😀"\n'
    expect(answers).toEqual([text, text, text, undefined, undefined])
  })

  it('are not there under another id', async () => {
    const { broker } = await stage.node()
    await broker.keep('id', '', LONG_MS)

    expect(await broker.read('ID')).toBeUndefined()
    expect(await broker.take('i')).toBeUndefined()
    expect(await broker.read('id')).toBe('')
  })

  it('are gone when their time is over, each for itself', async () => {
    const { broker } = await stage.node()
    await broker.keep('short', '1', SHORT_MS)
    await broker.keep('short too', '2', SHORT_MS)
    await broker.keep('long', '3', LONG_MS)
    await stage.passShort()

    expect(await broker.read('short')).toBeUndefined()
    expect(await broker.take('short too')).toBeUndefined()
    expect(await broker.take('long')).toBe('3')
  })

  it('are given to one of many who take at once', async () => {
    const { broker } = await stage.node()
    await broker.keep('id', 'text', LONG_MS)

    const taken = await Promise.all(Array.from({ length: 10 }, async () => await broker.take('id')))

    expect(taken.filter((text) => text !== undefined)).toEqual(['text'])
  })

  if (stage.traits.nodes === 'several') {
    it('are given to one node of those that ask', async () => {
      const a = await stage.node('node-a')
      const b = await stage.node('node-b')
      await a.broker.keep('id', 'text', LONG_MS)

      const read = await b.broker.read('id')
      const taken = await Promise.all([a, b].map(async ({ broker }) => await broker.take('id')))

      expect(read).toBe('text')
      expect(taken.filter((text) => text !== undefined)).toEqual(['text'])
    })
  }
}
