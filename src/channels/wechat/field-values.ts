/** Turns what callers give for template fields into the texts WeChat shows, or says what is wrong with each. */
import type { Issue } from '../../core/errors.ts'
import { MAX_THING, fieldProblem, fieldType } from './fields.ts'
import { isPlainNumber } from '../../core/plain-text.ts'

export type FieldValue = string | number | Date
/** What happens to a `thing` above 20 characters: an error, or a cut to 19 and an ellipsis. */
export type Overflow = 'error' | 'ellipsis'

/** A template as configured; its fields, where given, are what a message must fill. */
export interface Template {
  readonly id: string
  readonly fields?: readonly string[] | undefined
}

/** A keyword of a template, such as `thing1`. */
export const KEYWORD = /^[A-Za-z]\w{0,63}$/

/** Every wrong field of `data`, by keyword. */
export function dataProblems(data: object, template: Template | undefined, overflow: Overflow): Issue[] {
  const entries = Object.entries(data) as [string, unknown][]
  const wrong = entries.map(([keyword, value]) => [keyword, problemOf(keyword, value, overflow)] as const)
  return [...wrong, ...disagreements(Object.keys(data), template)].flatMap(([path, message]) =>
    message === undefined ? [] : [{ path, message }],
  )
}

/** The text of each field. Only for data without problems. */
export function toTexts(
  data: Readonly<Record<string, FieldValue>>,
  overflow: Overflow,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(data).map(([keyword, value]) => [keyword, toText(keyword, value, overflow)]),
  )
}

function problemOf(keyword: string, value: unknown, overflow: Overflow): string | undefined {
  if (!KEYWORD.test(keyword)) return 'expected a keyword of the template, such as thing1'
  if (!isFieldValue(value)) return undefined // its type was refused already
  if (value instanceof Date && fieldType(keyword) !== 'time' && fieldType(keyword) !== 'date') {
    return 'expected a string or a number: only time and date fields take a Date'
  }
  if (typeof value === 'number' && !isPlainNumber(value)) {
    return 'expected a whole number that a JavaScript number holds exactly, or a plain decimal: give it as a string'
  }
  return fieldProblem(keyword, toText(keyword, value, overflow))
}

function* disagreements(
  given: readonly string[],
  template: Template | undefined,
): Iterable<[string, string]> {
  const { fields } = template ?? {}
  if (!fields) return
  for (const keyword of fields) {
    if (!given.includes(keyword)) yield [keyword, 'expected a value: the template has this field']
  }
  for (const keyword of given) {
    if (!fields.includes(keyword))
      yield [keyword, `expected only the template’s fields: ${fields.join(', ')}`]
  }
}

/** Whether it is a text, a number or a date at all. */
export function isFieldValue(value: unknown): value is FieldValue {
  if (value instanceof Date) return !Number.isNaN(value.getTime())
  return typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value))
}

function toText(keyword: string, value: FieldValue, overflow: Overflow): string {
  if (value instanceof Date) return dateText(value, fieldType(keyword))
  const text = String(value)
  // No character has more than two code units.
  const characters = [...text.slice(0, 2 * (MAX_THING + 1))]
  if (overflow === 'error' || fieldType(keyword) !== 'thing' || characters.length <= MAX_THING) return text
  return `${characters.slice(0, MAX_THING - 1).join('')}…`
}

const CHINA = new Intl.DateTimeFormat('en-u-nu-latn', {
  timeZone: 'Asia/Shanghai',
  hourCycle: 'h23',
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
})

function dateText(date: Date, type: string): string {
  const parts = Object.fromEntries(CHINA.formatToParts(date).map(({ type: name, value }) => [name, value]))
  const { year = '', month = '', day = '', hour = '', minute = '' } = parts
  const text = `${year.padStart(4, '0')}年${month}月${day}日`
  return type === 'time' ? `${text} ${hour}:${minute}` : text
}
