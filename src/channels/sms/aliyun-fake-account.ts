/** An Aliyun account with its approved signs and templates: what it accepts, and the texts it makes. */
import type { Clock } from '../../core/clock.ts'
import { isNumber, readBatch } from './aliyun-fake-batch.ts'
import { refusalOf, type Refusal } from './aliyun-fake-replies.ts'
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

export interface FakeApprovals {
  readonly signs: readonly string[]
  /** By code. */
  readonly templates: Readonly<Record<string, FakeTemplate>>
  /** Whether all others are approved too. */
  readonly approvesAll: boolean
}

/** What one call has made. */
export interface FakeSubmission {
  readonly bizId: string
  readonly messages: readonly FakeSms[]
}

type Stamp = Pick<FakeSms, 'bizId' | 'sentAt'>
type Query = Readonly<Record<string, string>>

const MAX_NUMBERS = 1000

export class FakeAccount {
  readonly #signs: ReadonlySet<string>
  readonly #templates: ReadonlyMap<string, FakeTemplate>
  readonly #approvesAll: boolean
  readonly #clock: Clock
  #count = 0

  constructor({ signs, templates, approvesAll }: FakeApprovals, clock: Clock) {
    this.#signs = new Set(signs)
    this.#templates = new Map(Object.entries(templates))
    this.#approvesAll = approvesAll
    this.#clock = clock
  }

  /** The messages that one call of SendSms makes, or why it makes none. */
  sendSms(query: Query): FakeSubmission | Refusal {
    const { PhoneNumbers } = query
    const missing = ['PhoneNumbers', 'SignName', 'TemplateCode'].find((name) => !query[name])
    if (missing)
      return refusalOf(`Missing${missing}`, { message: `${missing} is mandatory for this action.` })
    const numbers = (PhoneNumbers ?? '').split(',')
    const refusal = this.#refuse(query) ?? refuseNumbers(numbers) ?? this.#refuseParams(query)
    if (refusal) return refusal
    const stamp = this.#stamp()
    return { bizId: stamp.bizId, messages: numbers.map((number) => this.#toSms(query, number, stamp)) }
  }

  /**
   * The messages that one call of SendBatchSms makes, or why it makes none. A wrong number fails alone, as an earlier
   * edition of https://help.aliyun.com/document_detail/66041.htm said.
   */
  sendBatchSms(query: Query): FakeSubmission | Refusal {
    const entries = readBatch(query)
    if ('code' in entries) return entries
    const refusals = entries.map(({ fields }) => this.#refuse(fields) ?? this.#refuseParams(fields))
    const refusal = refusals.find((found) => found !== undefined)
    if (refusal) return refusal
    const right = entries.filter(({ phoneNumber }) => isNumber(phoneNumber))
    if (right.length === 0) return refusalOf('isv.MOBILE_NUMBER_ILLEGAL')
    const stamp = this.#stamp()
    const messages = right.map(({ fields, phoneNumber }) => this.#toSms(fields, phoneNumber, stamp))
    return { bizId: stamp.bizId, messages }
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

  #stamp(): Stamp {
    this.#count += 1
    const sentAt = this.#clock.now()
    return { sentAt, bizId: `${sentAt}${String(this.#count).padStart(6, '0')}^0` }
  }

  #toSms(query: Query, phoneNumber: string, stamp: Stamp): FakeSms {
    const { SignName = '', TemplateCode = '', TemplateParam, OutId, SmsUpExtendCode } = query
    const templateParam = readParams(TemplateParam) ?? {}
    const content = this.#templates.get(TemplateCode)?.content ?? untold(TemplateCode, templateParam)
    return {
      phoneNumber,
      text: `【${SignName}】${fill(content, templateParam)}`,
      signName: SignName,
      templateCode: TemplateCode,
      templateParam,
      outId: OutId,
      smsUpExtendCode: SmsUpExtendCode,
      ...stamp,
    }
  }

  #refuse({ SignName = '', OutId = '', SmsUpExtendCode = '' }: Query): Refusal | undefined {
    const isExtensionWrong = !/^\d*$/.test(SmsUpExtendCode)
    if (OutId.length >= 256 || isExtensionWrong) return refusalOf('isv.INVALID_PARAMETERS')
    const isApproved = this.#approvesAll || this.#signs.has(SignName)
    return isApproved ? undefined : refusalOf('isv.SMS_SIGNATURE_ILLEGAL')
  }

  #refuseParams({ TemplateCode = '', TemplateParam }: Query): Refusal | undefined {
    const approved = this.#approvesAll ? { content: '' } : undefined
    const template = this.#templates.get(TemplateCode) ?? approved
    return template ? refuseParams(TemplateParam, template) : refusalOf('isv.SMS_TEMPLATE_ILLEGAL')
  }
}

function refuseNumbers(numbers: readonly string[]): Refusal | undefined {
  if (numbers.length > MAX_NUMBERS) return refusalOf('isv.MOBILE_COUNT_OVER_LIMIT')
  const illegal = numbers.find((number) => !isNumber(number))
  if (illegal === undefined) return undefined
  return refusalOf('isv.MOBILE_NUMBER_ILLEGAL', { message: `${illegal}手机号码格式错误` })
}

function refuseParams(json: string | undefined, template: FakeTemplate): Refusal | undefined {
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

/** Stands for the text of a template that is approved and was never told. */
function untold(code: string, params: Readonly<Record<string, string>>): string {
  return `[${code}] ${Object.keys(params)
    .map((name) => `${name}: \${${name}}`)
    .join(', ')}`
}

function variablesOf(content: string): string[] {
  return [...content.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name ?? '')
}

function fill(content: string, params: Readonly<Record<string, string>>): string {
  return content.replace(/\$\{(\w+)\}/g, (_, name: string) => params[name] ?? '')
}
