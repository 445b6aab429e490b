import { expect, it } from 'vitest'
import { bullmq, type BullmqOptions } from '../../../src/outbox/bullmq.ts'

it.each<[string, unknown, readonly string[]]>([
  ['no server', {}, ['']],
  ['two servers', { redis: 'redis://a', postgres: 'postgres://b' }, ['']],
  ['another server', { redis: 'http://a' }, ['redis']],
  ['what is no pool', { postgres: {} }, ['postgres']],
  ['no options', undefined, ['']],
  [
    'everything wrong',
    {
      redis: 7,
      prefix: 'a b',
      leaseMs: 1,
      keepDone: { count: -1, more: 1 },
      keepDead: 3,
      clock: {},
      wait: 1,
    },
    ['redis', 'prefix', 'leaseMs', 'keepDone.count', 'keepDone.more', 'keepDead', 'clock', 'wait'],
  ],
])('names what is wrong: %s', (_, options, paths) => {
  const make = () => bullmq(options as BullmqOptions)

  expect(make).toThrow(
    expect.objectContaining({
      code: 'INVALID_CONFIG',
      issues: paths.map((path) => expect.objectContaining({ path }) as unknown),
    }),
  )
})

it('tells before it is open what it knows already', () => {
  const { promises } = bullmq({ postgres: 'postgres://localhost/shop' })

  expect(promises).toEqual({ survives: 'unknown', reach: 'network', transactions: true })
})
