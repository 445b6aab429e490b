/** The contract of a broker: what nodes say to each other. */
import { expect, it } from 'vitest'
import type { Stage } from './stage.ts'

const TEXT = '{"disconnect":"#1001: \u2028 \\n"}'

export function describeControl(stage: Stage): void {
  it('to all reach the sender, too', async () => {
    const { broker, heard } = await stage.node()

    const told = await broker.control(TEXT)
    await heard.until(() => heard.controls.length === 1)

    expect(heard.controls).toEqual([TEXT])
    expect(told).toBe(stage.told(1))
  })

  it('reach the node that is named, be it the sender', async () => {
    const { broker, heard, name } = await stage.node()

    const told = await broker.control(TEXT, name)
    await heard.until(() => heard.controls.length === 1)

    expect(heard.controls).toEqual([TEXT])
    expect(told).toBe(stage.told(1))
  })

  it('to a node that is not there reach nobody', async () => {
    const { broker, heard } = await stage.node()

    const told = [await broker.control('lost', 'nobody'), await broker.control('lost', '')]
    await broker.control('end')
    await heard.until(() => heard.controls.includes('end'))

    expect(told).toEqual([stage.told(0), stage.told(0)])
    expect(heard.controls).toEqual(['end'])
  })

  it('are no publications, whatever the channels are called', async () => {
    const { broker, heard, name } = await stage.node()
    await broker.subscribe(['control', name, 'end'])

    await broker.control(TEXT)
    await broker.publish(name, '1')
    await broker.publish('control', '1')
    await heard.until(() => heard.controls.length > 0 && heard.publications.length >= 2)

    expect(heard.controls).toEqual([TEXT])
    expect(heard.publications.map(({ channel }) => channel).sort()).toEqual(['control', name].sort())
  })

  if (stage.traits.nodes === 'several') {
    it('reach every node, or the one that is named', async () => {
      const a = await stage.node('node-a')
      const b = await stage.node('node-b')

      const toOne = await a.broker.control('to b', 'node-b')
      await b.heard.until(() => b.heard.controls.includes('to b'))
      const toAll = await b.broker.control('to all')
      await Promise.all([a, b].map(({ heard }) => heard.until(() => heard.controls.includes('to all'))))

      expect([toOne, toAll]).toEqual([stage.told(1), stage.told(2)])
      expect(a.heard.controls).toEqual(['to all'])
      expect(b.heard.controls).toEqual(['to b', 'to all'])
    })
  }
}
