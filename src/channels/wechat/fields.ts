/**
 * The format each template field must keep; its keyword's prefix decides: `thing1` is a thing.
 * Source: the table of parameter limits in WeChat's subscribe-message guide (read 2026-11-23),
 * https://developers.weixin.qq.com/miniprogram/dev/server/API/mp-message-management/subscribe-message/api_sendmessage
 * Where that table leaves a case open, the value passes here and WeChat decides.
 */

import { isOneLine, ONE_LINE } from '../../core/plain-text.ts'

interface FieldRule {
  readonly expected: string
  readonly accepts: (value: string) => boolean
}

/** "Common symbols other than Chinese, English and digits": a space passes for one, a Chinese radical does not. */
const SYMBOL = String.raw`(?!\p{Script=Han})[\p{P}\p{S} ]`

const matching = (pattern: RegExp) => (value: string) => pattern.test(value)

export const MAX_THING = 20
/** No notice shows more, whatever the type; also keeps the searches cheap. */
const MAX_LENGTH = 1000

const RULES: Readonly<Record<string, FieldRule>> = {
  thing: {
    expected: `at most ${MAX_THING} characters`,
    accepts: (value) => [...value].length <= MAX_THING,
  },
  number: {
    expected: 'at most 32 digits, with decimals if need be',
    accepts: (value) => /^\d+(\.\d+)?$/.test(value) && value.replace('.', '').length <= 32,
  },
  letter: { expected: 'at most 32 letters from A to Z', accepts: matching(/^[A-Za-z]{1,32}$/) },
  symbol: {
    expected: 'at most 5 symbols, no letter and no digit',
    accepts: matching(new RegExp(`^(${SYMBOL}){1,5}$`, 'u')),
  },
  character_string: {
    expected: 'at most 32 letters from A to Z, digits and symbols',
    accepts: matching(new RegExp(`^([A-Za-z0-9]|${SYMBOL}){1,32}$`, 'u')),
  },
  time: {
    expected: 'a time such as 15:01 or 2019年10月1日 15:01, or two of them with ~ between',
    accepts: (value) => everyPoint(value, isTimePoint),
  },
  date: {
    expected: 'a date such as 2019年10月1日 or 2019-10-01 15:01, or two of them with ~ between',
    accepts: (value) => everyPoint(value, isDatePoint),
  },
  amount: {
    expected: 'at most one currency symbol, at most 10 digits, decimals and 元 if need be',
    accepts: matching(/^\p{Sc}?\d{1,10}(\.\d{1,10})?元?$/u),
  },
  phone_number: {
    expected: 'at most 17 digits and symbols',
    accepts: matching(new RegExp(`^([0-9]|${SYMBOL}){1,17}$`, 'u')),
  },
  car_number: {
    expected: 'at most 8 letters and digits, the first and the last may be Chinese',
    accepts: matching(/^[\p{Script=Han}A-Za-z0-9]([A-Za-z0-9]{0,6}[\p{Script=Han}A-Za-z0-9])?$/u),
  },
  name: { expected: 'at most 10 characters with Chinese ones, or 20 letters and symbols', accepts: isName },
  phrase: { expected: 'at most 5 Chinese characters', accepts: matching(/^\p{Script=Han}{1,5}$/u) },
}

/** `thing` of `thing1`; the whole where no known type stands before the number. */
export function fieldType(keyword: string): string {
  return keyword.replace(/\d+$/, '')
}

/** What is wrong with the value of a field; nothing where it may be sent. Never says the value. */
export function fieldProblem(keyword: string, value: string): string | undefined {
  if (value.length > MAX_LENGTH) return `expected at most ${MAX_LENGTH} characters`
  if (value.trim() === '') return 'expected a value that is not blank'
  if (!isOneLine(value)) return ONE_LINE
  const type = fieldType(keyword)
  const rule = Object.hasOwn(RULES, type) ? RULES[type] : undefined
  return rule && !rule.accepts(value) ? `expected ${rule.expected}` : undefined
}

function isName(value: string): boolean {
  if (!/^[\p{L}\p{M}\p{P}\p{S} ]+$/u.test(value)) return false
  return [...value].length <= (/\p{Script=Han}/u.test(value) ? 10 : 20)
}

function everyPoint(value: string, isPoint: (point: string) => boolean): boolean {
  const points = value.split('~')
  return points.length <= 2 && points.every(isPoint)
}

const CLOCK = /^([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/

function isTimePoint(point: string): boolean {
  return CLOCK.test(point) || isDateAndTime(point)
}

function isDatePoint(point: string): boolean {
  return isDay(point) || isDateAndTime(point)
}

function isDateAndTime(point: string): boolean {
  const [date = '', time = '', ...more] = point.split(' ')
  return more.length === 0 && isDay(date) && CLOCK.test(time)
}

const DAYS = [
  /^(?<year>\d{4})年(?<month>\d{1,2})月(?:(?<day>\d{1,2})日)?$/,
  /^(?<month>\d{1,2})月(?<day>\d{1,2})日$/,
  /^(?<year>\d{4})(?<dash>[-/.])(?<month>\d{1,2})(?:\k<dash>(?<day>\d{1,2}))?$/,
  /^(?<month>\d{2})[-/.](?<day>\d{2})$/,
]
const A_LEAP_YEAR = 2000

function isDay(text: string): boolean {
  for (const pattern of DAYS) {
    const found = pattern.exec(text)?.groups
    if (!found) continue
    const { year = A_LEAP_YEAR, month = 0, day = 1 } = found
    const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)))
    return date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day)
  }
  return false
}
