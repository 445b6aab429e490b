/** A Tencent Cloud account with its application, signs and templates: what SendSms accepts, and the text it makes. */
import * as z from 'zod'
import type { Clock } from '../../core/clock.ts'
import { readPhone, type Region } from './phone.ts'
import {
  answered,
  refusedCall,
  sendStatuses,
  textOf,
  type FakeStatus,
  type FakeTencentReply,
} from './tencent-fake-replies.ts'

/** One text message as its recipient would get it. */
export interface FakeTencentSms {
  /** With its plus and country code. */
  readonly phoneNumber: string
  /** Sign name in brackets, and the template with its values. */
  readonly text: string
  readonly signName: string
  readonly templateId: string
  readonly templateParamSet: readonly string[]
  readonly sessionContext: string
  readonly extendCode: string | undefined
  readonly serialNo: string
  /** Epoch milliseconds. */
  readonly sentAt: number
}

export interface FakeTencentAccount {
  readonly smsSdkAppId: string
  readonly signs: readonly string[]
  /** By id, with {1}, {2} and so on. */
  readonly templates: Readonly<Record<string, string>>
  /** Every sign name and every template is approved, those it was not told too. @default false */
  readonly approvesAll?: boolean
}

const MAX_NUMBERS = 200

const sendSms = z.strictObject({
  PhoneNumberSet: z.array(z.string()),
  SmsSdkAppId: z.string(),
  TemplateId: z.string(),
  SignName: z.string().default(''),
  TemplateParamSet: z.array(z.string()).default([]),
  ExtendCode: z.string().optional(),
  SessionContext: z.string().default(''),
  SenderId: z.string().optional(),
})

const statistics = z.strictObject({
  BeginTime: z.string().regex(/^\d{10}$/),
  EndTime: z.string().regex(/^\d{10}$/),
  SmsSdkAppId: z.string(),
  Limit: z.literal(0),
  Offset: z.literal(0),
})

type SendSms = z.output<typeof sendSms>

export class FakeTencentRegistry {
  readonly #account: FakeTencentAccount
  readonly #clock: Clock
  #count = 0

  constructor(account: FakeTencentAccount, clock: Clock) {
    this.#account = account
    this.#clock = clock
  }

  /** The answer to SendSms and the messages it makes. `planned` refuses every number by that code. */
  sendSms(body: unknown, planned?: { readonly code: string; readonly message: string }) {
    const call = this.#readCall(body)
    if ('status' in call) return { reply: call, messages: [] }
    const outcomes = call.PhoneNumberSet.map((number) => this.#perform(call, number, planned))
    return {
      reply: sendStatuses(outcomes.map(({ status }) => status)),
      messages: outcomes.flatMap(({ message }) => (message ? [message] : [])),
    }
  }

  statistics(body: unknown): FakeTencentReply {
    const { success, data } = statistics.safeParse(body)
    if (!success) return refusedCall('InvalidParameter')
    if (data.SmsSdkAppId !== this.#account.smsSdkAppId)
      return refusedCall('UnauthorizedOperation.SmsSdkAppIdVerifyFail')
    if (data.EndTime <= data.BeginTime) return refusedCall('InvalidParameterValue.EndTimeVerifyFail')
    const counts = { FeeCount: this.#count, RequestCount: this.#count, RequestSuccessCount: this.#count }
    return answered({ SendStatusStatistics: counts })
  }

  #readCall(body: unknown): SendSms | FakeTencentReply {
    const { success, data, error } = sendSms.safeParse(body)
    if (!success) return refusedCall(codeOf(error, body))
    if (data.PhoneNumberSet.length === 0) return refusedCall('MissingParameter.EmptyPhoneNumberSet')
    if (data.PhoneNumberSet.length > MAX_NUMBERS) return refusedCall('LimitExceeded.PhoneNumberCountLimit')
    if (Buffer.byteLength(data.SessionContext) >= 512) return refusedCall('InvalidParameterValue')
    const isOurs = data.SmsSdkAppId === this.#account.smsSdkAppId
    return isOurs ? data : refusedCall('UnauthorizedOperation.SmsSdkAppIdVerifyFail')
  }

  #perform(
    call: SendSms,
    phoneNumber: string,
    planned?: { readonly code: string; readonly message: string },
  ) {
    const code = planned?.code ?? this.#refuse(call, phoneNumber)
    const { SessionContext: sessionContext } = call
    if (code !== undefined) {
      const message = planned?.message ?? textOf(code)
      const status: FakeStatus = { code, message, serialNo: '', phoneNumber, sessionContext }
      return { status, message: undefined }
    }
    const message = this.#make(call, phoneNumber)
    const { serialNo } = message
    const status: FakeStatus = { code: 'Ok', message: 'send success', serialNo, phoneNumber, sessionContext }
    return { status, message }
  }

  #refuse(call: SendSms, phoneNumber: string): string | undefined {
    const phone = readPhone(phoneNumber)
    if (!phone) return 'InvalidParameterValue.IncorrectPhoneNumber'
    const content = this.#contentOf(call)
    if (content === undefined) return 'FailedOperation.TemplateIncorrectOrUnapproved'
    const refusal = this.#refuseSign(call, phone.region)
    if (refusal !== undefined) return refusal
    if (call.TemplateParamSet.length === countOf(content)) return undefined
    return 'FailedOperation.TemplateParamSetNotMatchApprovedTemplate'
  }

  #contentOf(call: SendSms): string | undefined {
    const { templates, approvesAll = false } = this.#account
    if (Object.hasOwn(templates, call.TemplateId)) return templates[call.TemplateId]
    return approvesAll ? untold(call) : undefined
  }

  #refuseSign({ SignName }: SendSms, region: Region): string | undefined {
    const { signs, approvesAll = false } = this.#account
    const isUnsigned = region === 'international' && SignName === ''
    if (approvesAll || isUnsigned || signs.includes(SignName)) return undefined
    return 'FailedOperation.SignatureIncorrectOrUnapproved'
  }

  #make(call: SendSms, phoneNumber: string): FakeTencentSms {
    this.#count += 1
    const content = this.#contentOf(call) ?? ''
    const text = content.replace(
      /\{(\d+)\}/g,
      (_, place: string) => call.TemplateParamSet[Number(place) - 1] ?? '',
    )
    const sentAt = this.#clock.now()
    return {
      phoneNumber,
      text: call.SignName === '' ? text : `【${call.SignName}】${text}`,
      signName: call.SignName,
      templateId: call.TemplateId,
      templateParamSet: call.TemplateParamSet,
      sessionContext: call.SessionContext,
      extendCode: call.ExtendCode,
      serialNo: `2640:${sentAt}${String(this.#count).padStart(6, '0')}`,
      sentAt,
    }
  }
}

/** Of the first field that is wrong. */
function codeOf({ issues }: z.ZodError, body: unknown): string {
  const [issue] = issues
  if (issue?.code === 'unrecognized_keys') return 'UnknownParameter'
  const name = String(issue?.path[0] ?? '')
  const isMissing = typeof body === 'object' && body !== null && name !== '' && !Object.hasOwn(body, name)
  return isMissing ? 'MissingParameter' : 'InvalidParameter'
}

/** Stands for the text of a template that is approved and was never told. */
function untold({ TemplateId, TemplateParamSet }: SendSms): string {
  return `[${TemplateId}] ${TemplateParamSet.map((_, at) => `{${at + 1}}`).join(', ')}`
}

function countOf(template: string): number {
  return Math.max(0, ...[...template.matchAll(/\{(\d+)\}/g)].map(([, place]) => Number(place)))
}
