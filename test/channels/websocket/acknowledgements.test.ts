import { expect, it } from 'vitest'
import { Acknowledgements, type Acknowledged } from '../../../src/channels/websocket/acknowledgements.ts'
import { MemoryBroker } from '../../../src/channels/websocket/broker/memory-broker.ts'
import { NotifyError } from '../../../src/index.ts'
import { FakeClock } from '../../../src/testing/index.ts'

const CHANNEL = '#1001'
const position = { offset: 5, epoch: 'e' }

/** Remembers what is watched. */
class WatchedBroker extends MemoryBroker {
  readonly watched: string[] = []
  failure: NotifyError | undefined

  override watch(channel: string): void {
    if (this.failure) throw this.failure
    this.watched.push(channel)
  }

  override unwatch(channel: string): void {
    this.watched.splice(this.watched.indexOf(channel), 1)
  }
}

function stage() {
  const clock = new FakeClock()
  const broker = new WatchedBroker({ clock })
  const reported: unknown[] = []
  const acknowledgements = new Acknowledgements({ broker, clock, report: (error) => reported.push(error) })
  const say = (offset: number, { epoch = 'e', channel = CHANNEL, device = 'phone' } = {}) =>
    acknowledgements.heard({ channel, device, position: { offset, epoch } })
  const abort = new AbortController()
  return { clock, broker, reported, acknowledgements, say, abort, signal: abort.signal }
}

/** What a wait has come to, without waiting for it. */
function outcome(waiting: Promise<Acknowledged | undefined>) {
  const seen: { value?: Acknowledged | undefined; isSettled: boolean } = { isSettled: false }
  void waiting.then((value) => Object.assign(seen, { value, isSettled: true }))
  return seen
}

it('tells who was first to have the message, and after how long', async () => {
  const { clock, acknowledgements, say, signal } = stage()
  const expectation = await acknowledgements.expect(CHANNEL)
  await clock.advance(100)
  const waiting = expectation.wait({ position, withinMs: 1_000, signal })
  await clock.advance(250)

  say(6, { device: 'phone' })
  say(7, { device: 'laptop' })

  expect(await waiting).toEqual({ device: 'phone', ms: 350 })
  expect(clock.pending).toBe(0)
})

it('takes no word for it that is of less, of another life of the channel, or of another channel', async () => {
  const { clock, acknowledgements, say, signal } = stage()
  const expectation = await acknowledgements.expect(CHANNEL)
  const seen = outcome(expectation.wait({ position, withinMs: 1_000, signal }))

  say(4)
  say(99, { epoch: 'another' })
  say(99, { channel: '#2002' })
  await clock.advance(999)
  expect(seen).toEqual({ isSettled: false })
  say(5)
  await clock.advance(0)

  expect(seen.value).toEqual({ device: 'phone', ms: 999 })
})

it('counts an acknowledgement that is faster than the answer to the publisher', async () => {
  const { acknowledgements, say, signal } = stage()
  const expectation = await acknowledgements.expect(CHANNEL)

  say(4)
  say(5)

  expect(await expectation.wait({ position, withinMs: 1_000, signal })).toEqual({ device: 'phone', ms: 0 })
})

it('gives up when the time is over', async () => {
  const { clock, acknowledgements, say, signal } = stage()
  const expectation = await acknowledgements.expect(CHANNEL)
  const waiting = expectation.wait({ position, withinMs: 1_000, signal })

  await clock.advance(1_000)
  say(5)

  expect(await waiting).toBe(undefined)
})

it('takes the word of the broker for it where the time is over, and it heard nothing itself', async () => {
  const { clock, broker, acknowledgements, signal } = stage()
  const history = { size: 10, ttlMs: 60_000 }
  const { position: first } = broker.publish(CHANNEL, '1', { history })
  const { position: second } = broker.publish(CHANNEL, '2', { history })
  if (!first || !second) throw new Error('Both are kept')
  const expectation = await acknowledgements.expect(CHANNEL)
  broker.acknowledge({ channel: CHANNEL, device: 'phone', position: first }, 60_000)
  const waits = [first, second].map((of) => expectation.wait({ position: of, withinMs: 1_000, signal }))

  await clock.advance(1_000)

  expect(await Promise.all(waits)).toEqual([{ device: '', ms: 1_000 }, undefined])
})

it('reports a broker that cannot say, and claims nothing', async () => {
  const { clock, broker, reported, acknowledgements, signal } = stage()
  const failure = new NotifyError('UNAVAILABLE', 'Redis is not connected')
  broker.cursor = () => {
    throw failure
  }
  const expectation = await acknowledgements.expect(CHANNEL)
  const waiting = expectation.wait({ position, withinMs: 1_000, signal })

  await clock.advance(1_000)

  expect(await waiting).toBe(undefined)
  expect(reported).toEqual([failure])
})

it.each(['before', 'during'])('gives up when the sender does, %s the wait', async (when) => {
  const { clock, acknowledgements, abort, signal } = stage()
  const expectation = await acknowledgements.expect(CHANNEL)

  if (when === 'before') abort.abort()
  const waiting = expectation.wait({ position, withinMs: 1_000, signal })
  abort.abort()

  expect(await waiting).toBe(undefined)
  expect(clock.pending).toBe(0)
})

it('watches the channel from before the message is out until nobody waits any more', async () => {
  const { broker, acknowledgements } = stage()

  const [first, second] = [await acknowledgements.expect(CHANNEL), await acknowledgements.expect(CHANNEL)]
  expect(broker.watched).toEqual([CHANNEL, CHANNEL])
  first.close()
  expect(broker.watched).toEqual([CHANNEL])
  second.close()

  expect(broker.watched).toEqual([])
})

it('tells everyone who waits in one channel, and none who has gone', async () => {
  const { acknowledgements, say, signal } = stage()
  const [first, second, gone] = [
    await acknowledgements.expect(CHANNEL),
    await acknowledgements.expect(CHANNEL),
    await acknowledgements.expect(CHANNEL),
  ]
  const wait = { position, withinMs: 1_000, signal }
  const waiting = [first.wait(wait), second.wait({ ...wait, position: { offset: 4, epoch: 'e' } })]
  const seen = outcome(gone.wait(wait))
  gone.close()

  say(5)

  expect(await Promise.all(waiting)).toEqual([
    { device: 'phone', ms: 0 },
    { device: 'phone', ms: 0 },
  ])
  expect(seen).toEqual({ isSettled: false })
})

it('fails where the broker cannot watch, and waits for nothing then', async () => {
  const { broker, acknowledgements } = stage()
  broker.failure = new NotifyError('UNAVAILABLE', 'No line to Redis')

  await expect(acknowledgements.expect(CHANNEL)).rejects.toBe(broker.failure)

  expect(broker.watched).toEqual([])
})
