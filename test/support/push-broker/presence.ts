/** The contract of a broker: who is in which channel. */
import { expect, it } from 'vitest'
import type { PresentClient } from '../../../src/core/push-broker.ts'
import { CHANNEL, LONG_MS, SHORT_MS, type Stage } from './stage.ts'

const PHONE = { client: 'phone', user: 'ann' }
const LAPTOP = { client: 'laptop', user: 'ann' }
const BOB = { client: 'bob:s "phone"', user: '' }

const sorted = (clients: readonly PresentClient[]) =>
  [...clients].sort((a, b) => (a.client < b.client ? -1 : 1))

export function describePresence(stage: Stage): void {
  it('tells who is there, and how many clients and users', async () => {
    const { broker } = await stage.node()
    await broker.enter(CHANNEL, [PHONE, LAPTOP], LONG_MS)
    await broker.enter(CHANNEL, [BOB], LONG_MS)

    expect(sorted(await broker.present(CHANNEL))).toEqual(sorted([PHONE, LAPTOP, BOB]))
    expect(await broker.presence(CHANNEL)).toEqual({ clients: 3, users: 2 })
  })

  it('is nobody where nobody came', async () => {
    const { broker } = await stage.node()
    await broker.enter(CHANNEL, [], LONG_MS)
    await broker.enter('other', [PHONE], LONG_MS)

    expect(await broker.present(CHANNEL)).toEqual([])
    expect(await broker.presence(CHANNEL)).toEqual({ clients: 0, users: 0 })
  })

  it('ends when the client leaves, and only in that channel', async () => {
    const { broker } = await stage.node()
    await broker.enter(CHANNEL, [PHONE, LAPTOP], LONG_MS)
    await broker.enter('other', [PHONE], LONG_MS)

    await broker.leave(CHANNEL, 'phone')
    await broker.leave(CHANNEL, 'nobody')
    await broker.leave('nowhere', 'phone')

    expect(await broker.present(CHANNEL)).toEqual([LAPTOP])
    expect(await broker.presence(CHANNEL)).toEqual({ clients: 1, users: 1 })
    expect(await broker.present('other')).toEqual([PHONE])
  })

  it('ends for a user when the last of the user’s clients leaves', async () => {
    const { broker } = await stage.node()
    await broker.enter(CHANNEL, [PHONE, LAPTOP, BOB], LONG_MS)

    await broker.leave(CHANNEL, 'phone')
    const oneLeft = await broker.presence(CHANNEL)
    await broker.leave(CHANNEL, 'laptop')

    expect(oneLeft).toEqual({ clients: 2, users: 2 })
    expect(await broker.presence(CHANNEL)).toEqual({ clients: 1, users: 1 })
  })

  it('ends by itself unless it is renewed', async () => {
    const { broker } = await stage.node()
    await broker.enter(CHANNEL, [PHONE, LAPTOP, BOB], SHORT_MS)
    await broker.enter(CHANNEL, [LAPTOP], LONG_MS)
    await stage.passShort()

    expect(await broker.present(CHANNEL)).toEqual([LAPTOP])
    expect(await broker.presence(CHANNEL)).toEqual({ clients: 1, users: 1 })
  })

  it('counts a client once, however often it is renewed', async () => {
    const { broker } = await stage.node()
    await broker.enter(CHANNEL, [PHONE, PHONE], LONG_MS)
    await broker.enter(CHANNEL, [PHONE], LONG_MS)

    expect(await broker.presence(CHANNEL)).toEqual({ clients: 1, users: 1 })
    await broker.leave(CHANNEL, 'phone')
    expect(await broker.present(CHANNEL)).toEqual([])
  })

  it('can begin again after it ended', async () => {
    const { broker } = await stage.node()
    await broker.enter(CHANNEL, [PHONE], SHORT_MS)
    await broker.enter(CHANNEL, [LAPTOP], LONG_MS)
    await broker.leave(CHANNEL, 'laptop')
    await stage.passShort()

    await broker.enter(CHANNEL, [PHONE, LAPTOP], LONG_MS)

    expect(await broker.presence(CHANNEL)).toEqual({ clients: 2, users: 1 })
  })

  if (stage.traits.nodes === 'several') {
    it('is one for all nodes', async () => {
      const a = await stage.node('node-a')
      const b = await stage.node('node-b')
      await a.broker.enter(CHANNEL, [PHONE], LONG_MS)
      await b.broker.enter(CHANNEL, [LAPTOP, BOB], LONG_MS)
      await a.broker.leave(CHANNEL, BOB.client)

      expect(sorted(await a.broker.present(CHANNEL))).toEqual(sorted([PHONE, LAPTOP]))
      expect(sorted(await b.broker.present(CHANNEL))).toEqual(sorted([PHONE, LAPTOP]))
      expect(await b.broker.presence(CHANNEL)).toEqual({ clients: 2, users: 1 })
    })
  }
}
