import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { newClient } from './support/client.ts'
import { startStrictServer } from './support/strict-server.ts'

const ME = '#1001'
const subs = { [ME]: { epoch: 'e1', offset: 0 }, orders: {} }

const unhandled: unknown[] = []
const note = (error: unknown) => void unhandled.push(error)
beforeAll(() => void process.on('unhandledRejection', note).on('uncaughtException', note))
afterAll(() => void process.off('unhandledRejection', note).off('uncaughtException', note))

const value = fc.oneof(fc.jsonValue(), fc.constantFrom(ME, 'orders', 'e1', -1, 0, 1, 2.5, 1e6, '__proto__'))
const record = (fields: readonly string[]) =>
  fc.record(Object.fromEntries(fields.map((field) => [field, value])), { requiredKeys: [] })
const subscription = record(['offset', 'epoch', 'was_recovering', 'recovered', 'publications'])
const channel = fc.oneof(fc.constantFrom(ME, 'orders', 'constructor'), value)
const push = fc.oneof(
  fc.record({ channel, pub: fc.oneof(record(['offset', 'data']), value) }),
  fc.record({ channel, subscribe: fc.oneof(subscription, value) }),
  fc.record({ channel, unsubscribe: fc.oneof(record(['code', 'reason']), value) }),
  fc.record({ channel, join: value, leave: value }),
  fc.record({ disconnect: fc.oneof(record(['code', 'reason']), value) }),
)
const line = fc.oneof(
  fc.string(),
  fc.json(),
  push.map((each) => JSON.stringify({ push: each })),
  fc.record({ id: value, rpc: value }).map((each) => JSON.stringify(each)),
  fc
    .record({ connect: fc.oneof(record(['ping', 'pong', 'ttl', 'subs']), value) })
    .map((each) => JSON.stringify(each)),
)
const frame = fc.oneof(
  fc.array(line, { minLength: 1, maxLength: 4 }).map((lines) => lines.join('\n')),
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
)

it('takes any frame without throwing, and is whole again on its next line', async () => {
  await using server = await startStrictServer({ subs })

  await fc.assert(
    fc.asyncProperty(fc.array(frame, { minLength: 1, maxLength: 3 }), async (frames) => {
      using told = newClient(server.url, { minDelayMs: 1, maxDelayMs: 1 })
      const opened = (count: number) =>
        expect
          .poll(() => told.states.filter(({ state }) => state === 'open').length, { interval: 1 })
          .toBe(count)
      told.client.connect()
      await opened(1)
      for (const each of frames) server.peer.sayRaw(each)
      server.peer.close(1000)
      await expect.poll(() => told.client.state, { interval: 1 }).not.toBe('open')
      told.client.disconnect()
      const before = told.states.filter(({ state }) => state === 'open').length

      told.client.connect()
      await opened(before + 1)
      server.peer.publish('orders', undefined, { id: 'after' })

      await expect.poll(() => told.messages.some(({ id }) => id === 'after'), { interval: 1 }).toBe(true)
    }),
    { numRuns: 300 },
  )

  expect(unhandled).toEqual([])
}, 60_000)

it.each([
  ['no JSON', 'not JSON'],
  ['half a message', '{"push":'],
  ['null', 'null'],
  ['a binary frame', Buffer.from([1, 2, 3])],
  ['publications that are none', JSON.stringify({ push: { channel: ME, subscribe: { publications: 5 } } })],
])('tells of %s, and opens another line', async (_, junk) => {
  await using server = await startStrictServer({ subs })
  using told = newClient(server.url, { minDelayMs: 1 })
  told.client.connect()
  await expect.poll(() => told.client.state).toBe('open')

  server.peer.sayRaw(junk)
  await expect.poll(() => server.peers.length).toBe(2)

  await expect.poll(() => told.client.state).toBe('open')
  expect(told.errors).toHaveLength(1)
})
