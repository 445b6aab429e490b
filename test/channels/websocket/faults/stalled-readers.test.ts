/** Clients that read no more: what they cost, and what they get when they are back. */
import { expect, it } from 'vitest'
import { startHub } from '../support/hub.ts'

type Hub = Awaited<ReturnType<typeof startHub>>

const USER = '1001'
const BODY = 'x'.repeat(60_000)
/** Of one connection, in bytes. */
const LIMIT = 262_144

const join = (hub: Hub, options: object = {}) =>
  hub.audience.join(hub.url, { token: hub.driver.issueToken({ user: USER }), ...options })
const say = (hub: Hub, data: number) => hub.notify.send('push', { to: { user: USER }, data, body: BODY })

it('a reader that has stopped is cut off, others get everything at once, and it misses nothing when it is back', async () => {
  const ended: number[] = []
  await using hub = await startHub({
    maxBufferedBytes: LIMIT,
    dropAboveBytes: LIMIT,
    user: { history: { size: 1_000, ttlMs: 3_600_000 } },
    recoverLimit: 1_000,
    onDisconnect: ({ code }) => void ended.push(code),
  })
  const stalled = await join(hub)
  const healthy = await join(hub)
  stalled.stopReading()

  let said = 0
  while (ended.length === 0) {
    await say(hub, ++said)
    // Not one is held back for the other's sake.
    await healthy.received(said)
    expect(hub.driver.stats().bufferedBytesMax).toBeLessThanOrEqual(LIMIT + 2 * BODY.length)
  }
  stalled.drop()
  await stalled.closed
  const had = [...stalled.publications]
  const again = await join(hub, { positions: stalled.positions })

  const numbers = [...had, ...again.publications].map(({ data }) => data.data)
  expect(ended).toEqual([3008])
  expect(numbers).toEqual(Array.from({ length: said }, (_, index) => index + 1))
})

it('200 readers that have stopped cost the messages once, not 200 times, and all are cut off', async () => {
  const ended: number[] = []
  await using hub = await startHub({
    maxBufferedBytes: LIMIT,
    dropAboveBytes: LIMIT,
    maxConnectionsPerIp: 500,
    onDisconnect: ({ code }) => void ended.push(code),
  })
  const readers = await Promise.all(
    Array.from({ length: 200 }, (_, i) =>
      hub.audience.join(hub.url, { token: hub.driver.issueToken({ user: `user-${i}` }) }),
    ),
  )
  for (const reader of readers) reader.stopReading()
  const before = process.memoryUsage().arrayBuffers

  let most = 0
  let said = 0
  while (ended.length < readers.length) {
    await hub.notify.send('push', { to: { all: true }, data: ++said, body: BODY })
    await new Promise((resolve) => setImmediate(resolve))
    most = Math.max(most, process.memoryUsage().arrayBuffers - before)
    if (said > 500) break
  }

  expect(ended).toEqual(Array.from({ length: 200 }, () => 3008))
  // A copy for each of them of what may wait would be 50 MB and more.
  expect(most).toBeLessThan(200 * LIMIT * 0.5)
})
