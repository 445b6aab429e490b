import { expect, it } from 'vitest'
import { connectFakeDevice, type FakeDevice } from '../../../../src/channels/websocket/fake.ts'
import { issueToken } from '../../../../src/channels/websocket/issue-token.ts'
import { describeOnRedis } from '../../../redis/support.ts'
import { forkHub } from '../support/fork-hub.ts'
import { KEY } from '../support/hub.ts'

const USER = '1001'
const BEFORE = 100
const AFTER = 100
/** Two processes start, and may have little of the machine. */
const PATIENCE_MS = 60_000

const token = () => issueToken({ user: USER }, { keys: [Buffer.from(KEY)] }, Date.now())
const numbersOf = ({ publications }: FakeDevice) => publications.map(({ data }) => data.data as number)
const numbered = (number: number) => ({ to: { user: USER }, data: number })
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)

describeOnRedis('a hub that is killed', (on) => {
  it(
    'loses no message that was stored, and its clients get all of them in order from another',
    async () => {
      const hubs = await Promise.all([forkHub(on.server.port), forkHub(on.server.port)])
      await using one = hubs[0]
      await using two = hubs[1]
      await using device = await connectFakeDevice(one.url, { token: token(), device: 'web' })
      for (const number of range(1, BEFORE)) await two.send(numbered(number))
      await device.received(1)

      await one.kill()
      await device.closed
      const results = await Promise.all(range(BEFORE + 1, BEFORE + AFTER).map((n) => two.send(numbered(n))))
      await using again = await connectFakeDevice(two.url, { token: token(), positions: device.positions })
      await two.send(numbered(BEFORE + AFTER + 1))

      await again.received(BEFORE + AFTER + 1 - device.publications.length)
      expect([...numbersOf(device), ...numbersOf(again)]).toEqual(range(1, BEFORE + AFTER + 1))
      expect(again.subscriptions[`#${USER}`]).toMatchObject({ wasRecovering: true, recovered: true })
      expect(new Set(results.map((result) => result?.status))).toEqual(new Set(['sent']))
    },
    PATIENCE_MS,
  )

  it(
    'that was sending meanwhile has stored either the whole message or nothing of it',
    async () => {
      const user = 'sender-dies'
      const hubs = await Promise.all([forkHub(on.server.port), forkHub(on.server.port)])
      await using one = hubs[0]
      await using two = hubs[1]
      const told: number[] = []
      let last = 0
      const sender = async () => {
        for (let isAlive = true; isAlive;) {
          const number = ++last
          const result = await one.send({ to: { topic: `orders:${user}` }, data: number })
          if (result?.status === 'sent') told.push(number)
          isAlive = result !== undefined
          // In the middle of it.
          if (told.length === 200) await one.kill()
        }
      }
      await Promise.all(Array.from({ length: 20 }, sender))

      await using device = await connectFakeDevice(two.url, { token: tokenFor(`orders:${user}`) })
      const history = (await device.command('history', {
        channel: `orders:${user}`,
        limit: 5_000,
      })) as History

      const kept = history.publications.map(({ data }) => data.data)
      expect(told.length).toBeGreaterThanOrEqual(200)
      // Nobody was told of a message that is not there; one may be there that nobody could be told of.
      expect(told.filter((number) => !kept.includes(number))).toEqual([])
      const outOfOrder = kept.filter((number, index) => number !== index + 1)
      expect(outOfOrder).toEqual([])
      expect(history.publications.map(({ offset }) => offset)).toEqual(range(1, kept.length))
    },
    PATIENCE_MS,
  )
})

interface History {
  readonly publications: readonly { readonly offset: number; readonly data: { readonly data: number } }[]
}

const tokenFor = (channel: string) =>
  issueToken({ user: USER, channels: [channel] }, { keys: [Buffer.from(KEY)] }, Date.now())
