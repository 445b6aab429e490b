/** Checks a message against the configured templates and puts its named values into the order Tencent takes. */
import * as z from 'zod'
import { isPlainNumber } from '../../core/plain-text.ts'
import type { StandardSchema } from '../../core/standard-schema.ts'
import { smsMessage, type SmsMessage, type SmsMessageInput } from './message.ts'
import { readPhone, type Phone } from './phone.ts'
import { cannotRedirect, redirectPhone } from './redirect.ts'
import { MAX_LENGTH, paramProblem } from './template-params.ts'
import type { TencentConfig, TencentTemplate } from './tencent-config.ts'

/** A message ready to be sent. */
export interface TencentMessage {
  /** As the caller wrote it. */
  readonly to: string
  readonly phone: Phone
  readonly signName: string | undefined
  readonly templateId: string
  /** The values of {1}, {2} and so on. */
  readonly params: readonly string[]
  readonly outId: string | undefined
  readonly smsUpExtendCode: string | undefined
}

type Context = Pick<TencentConfig, 'signName' | 'templates'>
type AddIssue = (path: readonly string[], message: string) => void

/** The schema of a driver with this configuration; names every wrong field at once. */
export function tencentMessage(config: Context): StandardSchema<SmsMessageInput, TencentMessage> {
  return smsMessage
    .superRefine(
      (message, context) => {
        const add: AddIssue = (path, text) =>
          context.addIssue({ code: 'custom', path: [...path], message: text })
        checkAgainst(config, message, add)
      },
      { when: () => true },
    )
    .transform((message) => resolve(config, message))
}

/** Runs where fields are wrong too, so nothing may be taken for granted. */
function checkAgainst(config: Context, message: Partial<SmsMessage> | null, add: AddIssue): void {
  if (typeof message !== 'object' || message === null) return
  checkSign(config, message, add)
  const { template: name, params = {} } = message
  if (typeof name !== 'string' || name === '') return
  const template = findTemplate(config, name)
  if (!template) return add(['template'], unknownTemplate(config))
  if (typeof params === 'object' && params !== null) checkParams(params, template, add)
}

/** Texts to numbers abroad may go without a sign name. */
function checkSign(config: Context, message: Partial<SmsMessage>, add: AddIssue): void {
  const phone = typeof message.to === 'string' ? readPhone(message.to) : undefined
  if (phone?.region !== 'mainland' || (message.signName ?? config.signName) !== undefined) return
  add(['signName'], 'expected a sign name here or in the configuration')
}

/**
 * The same message to another number.
 * @throws {NotifyError} INVALID_MESSAGE, where that is no phone number, or a mainland one and there is no sign name
 */
export function redirectTencent(message: TencentMessage, to: string): TencentMessage {
  const phone = redirectPhone(to)
  if (phone.region === 'mainland' && message.signName === undefined) {
    throw cannotRedirect('expected an international number, because the message has no sign name')
  }
  return { ...message, to, phone }
}

function findTemplate({ templates }: Context, name: string): TencentTemplate | undefined {
  if (Object.hasOwn(templates, name)) return templates[name]
  return Object.values(templates).find(({ id }) => id === name)
}

function unknownTemplate({ templates }: Context): string {
  const aliases = Object.keys(templates).join(', ')
  return `expected a template of the configuration, which knows the order of its values: ${aliases || 'it has none'}`
}

function checkParams(params: object, { params: names }: TencentTemplate, add: AddIssue): void {
  for (const name of names) {
    if (!Object.hasOwn(params, name))
      add(['params', name], 'expected a value for this variable of the template')
  }
  const values = Object.entries(params) as [string, unknown][]
  if (values.some(([name]) => !names.includes(name))) {
    add(['params'], `expected no other values than the template takes: ${names.join(', ') || 'none'}`)
  }
  checkValues(
    values.filter(([name]) => names.includes(name)),
    add,
  )
}

function checkValues(values: readonly [string, unknown][], add: AddIssue): void {
  let length = 0
  for (const [name, value] of values) {
    if (typeof value !== 'string' && !(typeof value === 'number' && isPlainNumber(value))) continue
    const problem = paramProblem(String(value), undefined)
    if (problem) add(['params', name], problem)
    length += String(value).length
  }
  if (length > MAX_LENGTH) add(['params'], `expected at most ${MAX_LENGTH} characters in all values together`)
}

function resolve(config: Context, message: SmsMessage): TencentMessage {
  const phone = readPhone(message.to)
  const template = findTemplate(config, message.template)
  if (!phone || !template) return z.NEVER
  return {
    to: message.to,
    phone,
    signName: message.signName ?? config.signName,
    templateId: template.id,
    params: template.params.map((name) => String(message.params[name])),
    outId: message.outId,
    smsUpExtendCode: message.smsUpExtendCode,
  }
}
