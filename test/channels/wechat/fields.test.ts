/** The rules of template fields: each by its examples, and both readings of the table against each other. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { acceptsField } from '../../../src/channels/wechat/fake-fields.ts'
import { fieldProblem } from '../../../src/channels/wechat/fields.ts'

const LONG = (character: string, times: number) => character.repeat(times)

const GOOD: Readonly<Record<string, readonly string[]>> = {
  thing1: ['包裹 no. 4711!', LONG('很', 20), LONG('👍', 20)],
  number2: ['1', '0.5', LONG('9', 32)],
  letter3: ['abcXYZ', LONG('z', 32)],
  symbol4: ['+-*/!', '￥'],
  character_string5: ['SF-4711_a/b', '2026-11-23 15:01', LONG('#', 32)],
  time6: [
    '15:01',
    '15:01:59',
    '2019年10月1日 15:01',
    '15:01~16:00',
    '2019年10月1日 15:01~2019年10月2日 9:00',
  ],
  date7: [
    '2019年10月1日',
    '2019-12-25 09:42',
    '2019/12/25',
    '2019.12.25',
    '2019年10月',
    '10月1日',
    '01-01',
    '2024-02-29',
    '2019年10月1日~2019年10月7日',
  ],
  amount8: ['¥100.50', '100元', '$1', '1234567890', '￥99.00元'],
  phone_number9: ['+86-0766-66888866', '13800138000', '(010) 8888'],
  car_number10: ['粤A8Z888挂', '粤A88888', 'B'],
  name11: ['张三', '欧阳·阿卜杜拉', LONG('张', 10), 'Anna-Maria O’Neill', LONG('a', 20)],
  phrase12: ['配送中', LONG('好', 5)],
  enum13: ['anything WeChat may list'],
  keyword1: [LONG('x', 200)],
  first: ['x'],
}

const BAD: Readonly<Record<string, readonly string[]>> = {
  thing1: [LONG('很', 21), 'a\u0000b', 'a\tb', 'a\u2028b', '', ' '],
  number2: ['-1', '1e3', '1.', '.5', '1.2.3', '１２', LONG('9', 33), 'Infinity'],
  letter3: ['a1', 'é', '汉', LONG('z', 33)],
  symbol4: ['a', '1', '汉', '⺀', '......'],
  character_string5: ['汉', 'é', LONG('1', 33)],
  time6: [
    '25:01',
    '15:60',
    '2019年10月1日',
    '2019年13月1日 15:01',
    '15:01~16:00~17:00',
    '3 pm',
    '2019年10月1日  15:01',
  ],
  date7: ['15:01', '2019年2月29日', '2019-12/25', '2019-13-01', '2019', 'today', '2019年10月32日'],
  amount8: ['¥¥1', '12345678901', '1.', 'CNY 5', '-5', '元'],
  phone_number9: ['call me', LONG('1', 18), '汉'],
  car_number10: ['粤粤88888', '粤A8Z8888挂', 'A-88888'],
  name11: [LONG('张', 11), 'Anna 2', LONG('a', 21), '张Anna-Maria'],
  phrase12: ['shipped', '配送中!', LONG('好', 6)],
}

const pairs = (table: typeof GOOD) =>
  Object.entries(table).flatMap(([keyword, values]) => values.map((value) => [keyword, value] as const))

describe('a field', () => {
  it.each(pairs(GOOD))('%s may say %j', (keyword, value) => {
    expect(fieldProblem(keyword, value)).toBeUndefined()
    expect(acceptsField(keyword, value)).toBe(true)
  })

  it.each(pairs(BAD))('%s may not say %j', (keyword, value) => {
    expect(fieldProblem(keyword, value)).toMatch(/^expected/)
  })

  const TYPES = Object.keys(GOOD)
  const alphabet = fc.constantFrom(
    ...Array.from('019aZé汉年月日元¥$￥~:-/. .,!·()+#\u0000\n\u2028\u200d👍⺀〇々٣²\uD83D'),
    '年',
    '2024',
    '月1日',
    '15:01',
    ' 15:01',
    '-02-',
    '~',
  )
  const text = fc.oneof(
    fc.array(alphabet, { maxLength: 36 }).map((parts) => parts.join('')),
    fc.array(alphabet, { maxLength: 6 }).map((parts) => parts.join('')),
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom(...pairs(GOOD).map(([, value]) => value)),
    fc
      .tuple(fc.constantFrom(...pairs(GOOD).map(([, value]) => value)), alphabet)
      .map((both) => both.join('')),
  )

  it('that passes here is accepted by the other reading of WeChat’s table', () => {
    fc.assert(
      fc.property(fc.constantFrom(...TYPES), text, (keyword, value) => {
        if (fieldProblem(keyword, value) === undefined) expect(acceptsField(keyword, value)).toBe(true)
      }),
      { numRuns: 20_000 },
    )
  })

  it('is refused in words that never contain its value', () => {
    fc.assert(
      fc.property(fc.constantFrom(...TYPES), fc.string({ minLength: 8, maxLength: 40 }), (keyword, value) => {
        expect(fieldProblem(keyword, value) ?? '').not.toContain(value)
      }),
    )
  })
})
