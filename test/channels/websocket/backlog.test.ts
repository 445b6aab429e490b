/** What a channel keeps of what it hears while its history cannot be asked. */
import { expect, it } from 'vitest'
import { MemoryBroker } from '../../../src/channels/websocket/broker/memory-broker.ts'
import { ChannelRules } from '../../../src/channels/websocket/channel-rules.ts'
import { Channels } from '../../../src/channels/websocket/channels.ts'
import type { Frame } from '../../../src/channels/websocket/frame.ts'
import { Stats } from '../../../src/channels/websocket/stats.ts'
import { Wheel } from '../../../src/channels/websocket/wheel.ts'
import type { History, HistoryQuery } from '../../../src/core/push-broker.ts'
import { NotifyError } from '../../../src/index.ts'
import { FakeClock } from '../../../src/testing/index.ts'

const history = { size: 10_000, ttlMs: 600_000 }
const ROOM = 'room:1'

/** Goes on telling, but answers nothing while it is away. */
class HalfBroker extends MemoryBroker {
  isAway = false

  override history(channel: string, query: HistoryQuery): History {
    if (this.isAway) throw new NotifyError('UNAVAILABLE', 'Redis is not connected')
    return super.history(channel, query)
  }
}

it('holds no more of them than a page, and tells all of them in order once it can', async () => {
  const clock = new FakeClock()
  const broker = new HalfBroker({ clock })
  const channels = new Channels({
    broker,
    rules: new ChannelRules({
      user: { history, replay: 'none', acknowledgedBy: 'any' },
      namespaces: { room: { history, presence: false, joinLeave: false } },
    }),
    wheel: new Wheel(clock),
    stats: new Stats(),
    onGap: () => told.push('gap'),
    report: () => undefined,
  })
  const told: unknown[] = []
  const link = {
    transport: 'websocket',
    answersPings: true,
    bufferedBytes: 0,
    isOpen: true,
    ending: undefined,
    write: ({ text }: Frame) =>
      told.push((JSON.parse(text) as { push: { pub: { data: unknown } } }).push.pub.data) > 0,
    close: () => undefined,
    terminate: () => undefined,
  } as const
  let isMissed = false
  broker.start('node', {
    publication: (publication) => (isMissed ? 0 : channels.receive(publication)),
    acknowledged: () => undefined,
    control: () => undefined,
    resumed: () => undefined,
    failed: () => undefined,
  })
  const membership = channels.enter(ROOM, { client: 'a', link }, 'server')
  const { position } = broker.history(ROOM, { limit: 0, rule: history })
  const channel = channels.get(ROOM)
  if (!channel) throw new Error('It was entered')
  channels.release({ channel, membership, position })
  const publish = (data: number) => broker.publish(ROOM, String(data), { history })

  publish(1)
  isMissed = true
  publish(2)
  isMissed = false
  broker.isAway = true
  for (let data = 3; data <= 2_500; data++) publish(data)
  const held = channel.backlog?.length
  broker.isAway = false
  await clock.advance(2_000)

  expect(held).toBe(1_000)
  expect(told).toEqual(Array.from({ length: 2_500 }, (_, index) => index + 1))
})
