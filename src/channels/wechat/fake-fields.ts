/**
 * The fake's own reading of WeChat's field table, written apart from the driver's (no pattern is shared), so that
 * each is a test of the other. Source: see `fields.ts`.
 */

type Kind = 'chinese' | 'letter' | 'digit' | 'symbol' | 'control'

const codeOf = (character: string) => character.codePointAt(0) ?? 0

function kindOf(character: string): Kind {
  const code = codeOf(character)
  if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return 'control'
  if (code === 0x2028 || code === 0x2029) return 'control'
  if (character >= '0' && character <= '9') return 'digit'
  if (/\p{Script=Han}/u.test(character)) return 'chinese'
  return /[\p{L}\p{M}\p{N}]/u.test(character) ? 'letter' : 'symbol'
}

const isAscii = (character: string) => codeOf(character) < 0x80

function only(text: string, ...allowed: readonly Kind[]): boolean {
  return Array.from(text).every((character) => allowed.includes(kindOf(character)))
}

function onlyPlain(text: string, ...allowed: readonly Kind[]): boolean {
  return Array.from(text).every((one) => {
    const kind = kindOf(one)
    return allowed.includes(kind) && (kind !== 'letter' || isAscii(one))
  })
}

const size = (text: string) => Array.from(text).length

function isDecimal(text: string, maxDigits: number): boolean {
  const [whole = '', decimals, ...rest] = text.split('.')
  if (rest.length > 0 || whole === '' || decimals === '') return false
  return only(whole + (decimals ?? ''), 'digit') && size(whole) <= maxDigits
}

function isAmount(text: string): boolean {
  const inner = text.endsWith('元') ? text.slice(0, -1) : text
  const [first = ''] = Array.from(inner)
  return isDecimal(kindOf(first) === 'symbol' ? inner.slice(first.length) : inner, 10)
}

function isCarNumber(text: string): boolean {
  const inner = Array.from(text).slice(1, -1).join('')
  return (
    size(text) <= 8 && onlyPlain(inner, 'letter', 'digit') && onlyPlain(text, 'letter', 'digit', 'chinese')
  )
}

function isName(text: string): boolean {
  const hasChinese = Array.from(text).some((character) => kindOf(character) === 'chinese')
  return only(text, 'chinese', 'letter', 'symbol') && size(text) <= (hasChinese ? 10 : 20)
}

function isClock(text: string): boolean {
  const parts = text.split(':')
  const limits = [23, 59, 59]
  return (
    (parts.length === 2 || parts.length === 3) &&
    parts.every(
      (part, at) =>
        only(part, 'digit') && part !== '' && size(part) <= 2 && Number(part) <= (limits[at] ?? 0),
    )
  )
}

function isDay(text: string): boolean {
  const numbers = text
    .replace(/[日]$/, '')
    .split(/[年月\-/.]/)
    .filter((part) => part !== '')
  if (!numbers.every((part) => only(part, 'digit'))) return false
  const hasYear = numbers.length === 3 || numbers[0]?.length === 4
  const [month = 0, day = 1] = numbers.slice(hasYear ? 1 : 0).map(Number)
  return numbers.length >= 2 && numbers.length <= 3 && within(month, 12) && within(day, 31)
}

const within = (count: number, most: number) => count >= 1 && count <= most

function isPoints(text: string, isPoint: (words: readonly string[]) => boolean): boolean {
  const points = text.split('~').map((point) => point.split(' '))
  return points.length <= 2 && points.every(isPoint)
}

const isMoment = ([day = '', time = '']: readonly string[]) => isDay(day) && isClock(time)

const CHECKS: Readonly<Record<string, (text: string) => boolean>> = {
  thing: (text) => size(text) <= 20,
  number: (text) => isDecimal(text, 32),
  letter: (text) => onlyPlain(text, 'letter') && size(text) <= 32,
  symbol: (text) => only(text, 'symbol') && size(text) <= 5,
  character_string: (text) => onlyPlain(text, 'letter', 'digit', 'symbol') && size(text) <= 32,
  time: (text) => isPoints(text, (words) => (words.length === 1 ? isClock(words[0] ?? '') : isMoment(words))),
  date: (text) => isPoints(text, (words) => (words.length === 1 ? isDay(words[0] ?? '') : isMoment(words))),
  amount: isAmount,
  phone_number: (text) => only(text, 'digit', 'symbol') && size(text) <= 17,
  car_number: isCarNumber,
  name: isName,
  phrase: (text) => only(text, 'chinese') && size(text) <= 5,
}

/** Whether WeChat would take this value for the field. */
export function acceptsField(keyword: string, value: unknown): boolean {
  if (typeof value !== 'string' || value.trim() === '') return false
  if (Array.from(value).some((character) => kindOf(character) === 'control')) return false
  const type = keyword.replace(/[0-9]+$/, '')
  return CHECKS[type]?.(value) ?? true
}
