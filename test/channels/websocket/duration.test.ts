import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { duration } from '../../../src/channels/websocket/duration.ts'

const MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const THIRTY_DAYS = 30 * MS.d

it.each([
  ['250ms', 250],
  ['5s', 5_000],
  ['2m', 120_000],
  ['24h', 86_400_000],
  ['7d', 604_800_000],
  ['30d', THIRTY_DAYS],
  [1, 1],
  [THIRTY_DAYS, THIRTY_DAYS],
])('%s is %i ms', (written, ms) => {
  expect(duration.parse(written)).toBe(ms)
})

it('reads every whole number of every unit, up to 30 days', () => {
  const units = fc.constantFrom(...(Object.keys(MS) as (keyof typeof MS)[]))
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 3_000_000_000 }), units, (count, unit) => {
      const ms = count * MS[unit]
      const isAllowed = ms > 0 && ms <= THIRTY_DAYS && String(count).length <= 9

      expect(duration.safeParse(`${count}${unit}`).data).toBe(isAllowed ? ms : undefined)
    }),
  )
})

describe('what is no duration is refused, with examples of what is', () => {
  it.each([
    '',
    '5',
    's',
    '5 s',
    ' 5s',
    '5s\n',
    '-5s',
    '+5s',
    '1.5s',
    '1e3s',
    '5S',
    '5sec',
    '0s',
    '31d',
    '٥s',
    '1_000ms',
  ])('%j', (written) => {
    expect(duration.safeParse(written).error?.issues).toMatchObject([
      { code: 'custom', message: expect.stringContaining("'250ms', '5s', '2h' or '7d'") as string },
    ])
  })

  it.each([0, -1, 1.5, THIRTY_DAYS + 1, Number.NaN, Infinity, true, null, undefined, 5n, ['5s'], { s: 5 }])(
    '%s',
    (written) => {
      expect(duration.safeParse(written).error?.issues).toMatchObject([
        { message: expect.stringMatching(/^expected milliseconds or a text such as/) as string },
      ])
    },
  )
})
