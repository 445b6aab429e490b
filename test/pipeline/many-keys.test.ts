/** The store of keys does not slow with its size: one that looks at every key for each claim never ends in here. */
import { expect, it } from 'vitest'
import { createNotify } from '../../src/index.ts'
import { Reservations } from '../../src/pipeline/idempotency.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { MemoryNotifier } from '../support/memory-notifier.ts'

const LIVE = 100_000

it('holds 100,000 live keys, and takes 100,000 more while as many grow too old', async () => {
  let now = 0
  const keys = new Reservations(LIVE, Object.assign(new FakeClock(), { monotonic: () => now }))
  const ending = Promise.resolve({ providerId: '1' })
  const claim = async (count: number) => {
    for (let at = 0; at < count; at += 1) {
      now += 1
      if (keys.get(`order-${now}`)) expect.fail('A new key was taken for a known one')
      keys.reserve(`order-${now}`, {
        fingerprint: '1',
        first: { id: '1', attempts: [], duplicateOf: undefined },
        ending,
      })
      if (at % 1_000 === 999) await new Promise((resolve) => setImmediate(resolve))
    }
  }

  await claim(2 * LIVE)

  const isLive = (number: number) => keys.get(`order-${number}`) !== undefined
  expect([isLive(2 * LIVE), isLive(LIVE + 2_000), isLive(LIVE - 2_000), isLive(1)]).toEqual([
    true,
    true,
    false,
    false,
  ])
})

it('answers for the first of 20,000 messages of one sendMany as for the last', async () => {
  const memory = new MemoryNotifier()
  const notify = createNotify({ channels: { memory } })
  const people = Array.from({ length: 20_000 }, (_, index) => ({ to: `person-${index}` }))
  const idempotencyKey = ({ to }: { to: string }) => to

  const first: string[] = []
  for await (const { status } of notify.sendMany('memory', people, { idempotencyKey })) first.push(status)
  const again: unknown[] = []
  for await (const { duplicate } of notify.sendMany('memory', people, { idempotencyKey }))
    again.push(duplicate)

  expect(memory.sent).toHaveLength(people.length)
  expect(first.every((status) => status === 'sent')).toBe(true)
  expect(again.every((duplicate) => duplicate === true)).toBe(true)
})
