/**
 * Reads the lists of a call of SendBatchSms.
 * Source, read 2026-11-25: https://help.aliyun.com/document_detail/66041.html
 */
import { refusalOf, type Refusal } from './aliyun-fake-replies.ts'
import { readPhone } from './phone.ts'

/** One message of the call: its number, and the fields of a call of SendSms with no number. */
export interface BatchEntry {
  readonly phoneNumber: string
  readonly fields: Readonly<Record<string, string>>
}

type Query = Readonly<Record<string, string>>

const MAX_NUMBERS = 100
const MANDATORY = ['PhoneNumberJson', 'SignNameJson', 'TemplateCode']

interface Lists {
  readonly numbers: readonly string[]
  readonly signs: readonly string[]
  readonly params: readonly unknown[] | undefined
  readonly extensions: readonly string[] | undefined
}

/** Its messages, or why it has none. */
export function readBatch(query: Query): readonly BatchEntry[] | Refusal {
  const missing = MANDATORY.find((name) => !query[name])
  if (missing) return refusalOf(`Missing${missing}`, { message: `${missing} is mandatory for this action.` })
  const lists = readLists(query)
  if ('code' in lists) return lists
  const refusal = refuseNumbers(lists.numbers)
  return refusal ?? lists.numbers.map((_, at) => toEntry(query, lists, at))
}

function readLists(query: Query): Lists | Refusal {
  const params = readList(query['TemplateParamJson'])
  if (query['TemplateParamJson'] && !params) return refusalOf('isv.INVALID_JSON_PARAM')
  const numbers = readTexts(query['PhoneNumberJson'])
  const signs = readTexts(query['SignNameJson'])
  const extensions = readTexts(query['SmsUpExtendCodeJson'])
  if (!numbers?.length || !signs || (query['SmsUpExtendCodeJson'] && !extensions)) {
    return refusalOf('isv.INVALID_PARAMETERS')
  }
  const isUneven = [signs, extensions, params].some((list) => list && list.length !== numbers.length)
  return isUneven ? refusalOf('isv.INVALID_PARAMETERS') : { numbers, signs, params, extensions }
}

function toEntry(query: Query, { numbers, signs, params, extensions }: Lists, at: number): BatchEntry {
  const { TemplateCode = '', OutId } = query
  const extension = extensions?.[at]
  return {
    phoneNumber: numbers[at] ?? '',
    fields: {
      TemplateCode,
      SignName: signs[at] ?? '',
      ...(params && { TemplateParam: JSON.stringify(params[at]) }),
      ...(extension !== undefined && { SmsUpExtendCode: extension }),
      ...(OutId !== undefined && { OutId }),
    },
  }
}

/** A template is either for the mainland or for abroad, so numbers of both cannot be right. */
function refuseNumbers(numbers: readonly string[]): Refusal | undefined {
  if (numbers.length > MAX_NUMBERS) return refusalOf('isv.MOBILE_COUNT_OVER_LIMIT')
  const regions = new Set(numbers.filter((number) => isNumber(number)).map(isMainland))
  return regions.size > 1 ? refusalOf('isv.DOMESTIC_NUMBER_NOT_SUPPORTED') : undefined
}

/** A number without its plus may be American. */
export function isNumber(number: string): boolean {
  return readPhone(number) !== undefined || readPhone(`+${number}`) !== undefined
}

function isMainland(number: string): boolean {
  return readPhone(number)?.region === 'mainland'
}

/** A JSON list of texts; nothing where it is none. */
export function readTexts(json: string | undefined): readonly string[] | undefined {
  const list = readList(json)
  return list?.every((value) => typeof value === 'string') ? list : undefined
}

function readList(json = ''): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(json)
    return Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}
