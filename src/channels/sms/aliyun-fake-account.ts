/** An Aliyun account with its approved signs and templates: what SendSms accepts, and the text it makes. */
import type { Clock } from '../../core/clock.ts'
import { refusalOf, type Refusal } from './aliyun-fake-replies.ts'
import { readPhone } from './phone.ts'
import { paramProblem, type TemplateKind } from './template-params.ts'

export interface FakeTemplate {
  /** With its variables, such as `您的验证码为：${code}`. */
  readonly content: string
  readonly kind?: TemplateKind
}

/** One text message as its recipient would get it. */
export interface FakeSms {
  /** As it came: mainland numbers bare, others with their country code. */
  readonly phoneNumber: string
  /** Sign name in brackets, and the template with its values. */
  readonly text: string
  readonly signName: string
  readonly templateCode: string
  readonly templateParam: Readonly<Record<string, string>>
  readonly outId: string | undefined
  readonly smsUpExtendCode: string | undefined
  readonly bizId: string
  /** Epoch milliseconds. */
  readonly sentAt: number
}

type Query = Readonly<Record<string, string>>

const MAX_NUMBERS = 1000

export class FakeAccount {
  readonly #signs: ReadonlySet<string>
  readonly #templates: ReadonlyMap<string, FakeTemplate>
  readonly #clock: Clock
  #count = 0

  constructor(signs: readonly string[], templates: Readonly<Record<string, FakeTemplate>>, clock: Clock) {
    this.#signs = new Set(signs)
    this.#templates = new Map(Object.entries(templates))
    this.#clock = clock
  }

  /** The messages that one call of SendSms makes, or why it makes none. */
  sendSms(query: Query): { readonly bizId: string; readonly messages: readonly FakeSms[] } | Refusal {
    const template = this.#templates.get(query['TemplateCode'] ?? '')
    const refusal = this.#refuseFields(query) ?? refuseParams(query['TemplateParam'], template)
    if (refusal || !template) return refusal ?? refusalOf('isv.SMS_TEMPLATE_ILLEGAL')
    this.#count += 1
    const sentAt = this.#clock.now()
    const bizId = `${sentAt}${String(this.#count).padStart(6, '0')}^0`
    const params = readParams(query['TemplateParam']) ?? {}
    const messages = (query['PhoneNumbers'] ?? '').split(',').map((phoneNumber) => ({
      phoneNumber,
      text: `【${query['SignName'] ?? ''}】${fill(template.content, params)}`,
      signName: query['SignName'] ?? '',
      templateCode: query['TemplateCode'] ?? '',
      templateParam: params,
      outId: query['OutId'],
      smsUpExtendCode: query['SmsUpExtendCode'],
      bizId,
      sentAt,
    }))
    return { bizId, messages }
  }

  /** As QuerySmsTemplateList lists them. */
  listTemplates(): readonly object[] {
    return [...this.#templates].map(([code, { content, kind }]) => ({
      TemplateCode: code,
      TemplateName: code,
      TemplateContent: content,
      TemplateType: kind === 'verification' ? 2 : kind === 'promotion' ? 1 : 0,
      AuditStatus: 'AUDIT_STATE_PASS',
    }))
  }

  #refuseFields(query: Query): Refusal | undefined {
    const missing = ['PhoneNumbers', 'SignName', 'TemplateCode'].find((name) => !query[name])
    if (missing)
      return refusalOf(`Missing${missing}`, { message: `${missing} is mandatory for this action.` })
    const { PhoneNumbers = '', SignName = '', OutId = '', SmsUpExtendCode = '' } = query
    const isExtensionWrong = !/^\d*$/.test(SmsUpExtendCode)
    if (OutId.length >= 256 || isExtensionWrong) return refusalOf('isv.INVALID_PARAMETERS')
    if (!this.#signs.has(SignName)) return refusalOf('isv.SMS_SIGNATURE_ILLEGAL')
    return refuseNumbers(PhoneNumbers.split(','))
  }
}

function refuseNumbers(numbers: readonly string[]): Refusal | undefined {
  if (numbers.length > MAX_NUMBERS) return refusalOf('isv.MOBILE_COUNT_OVER_LIMIT')
  const illegal = numbers.find((number) => !isNumber(number))
  if (illegal === undefined) return undefined
  return refusalOf('isv.MOBILE_NUMBER_ILLEGAL', { message: `${illegal}手机号码格式错误` })
}

/** A number without its plus may be American. */
function isNumber(number: string): boolean {
  return readPhone(number) !== undefined || readPhone(`+${number}`) !== undefined
}

function refuseParams(json: string | undefined, template: FakeTemplate | undefined): Refusal | undefined {
  if (!template) return undefined
  const params = readParams(json)
  if (!params) return refusalOf('isv.INVALID_JSON_PARAM')
  const variables = variablesOf(template.content)
  if (variables.some((name) => !params[name])) return refusalOf('isv.TEMPLATE_MISSING_PARAMETERS')
  const problem = variables.map((name) => paramProblem(params[name] ?? '', template.kind)).find(Boolean)
  if (!problem) return undefined
  if (problem.includes('URL')) return refusalOf('isv.PARAM_NOT_SUPPORT_URL')
  return refusalOf(problem.includes('at most') ? 'isv.PARAM_LENGTH_LIMIT' : 'isv.TEMPLATE_PARAMS_ILLEGAL')
}

/** Undefined where it is not JSON, or holds anything but strings: `{"code":123456}` is refused. */
function readParams(json = '{}'): Readonly<Record<string, string>> | undefined {
  try {
    const value: unknown = JSON.parse(json)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    const isAllText = Object.values(value).every((inner) => typeof inner === 'string')
    return isAllText ? (value as Record<string, string>) : undefined
  } catch {
    return undefined
  }
}

function variablesOf(content: string): string[] {
  return [...content.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name ?? '')
}

function fill(content: string, params: Readonly<Record<string, string>>): string {
  return content.replace(/\$\{(\w+)\}/g, (_, name: string) => params[name] ?? '')
}
