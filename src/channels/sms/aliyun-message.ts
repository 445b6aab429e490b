/** Checks a message against the configured templates and gives it the form Aliyun takes. */
import * as z from 'zod'
import type { StandardSchema } from '../../core/standard-schema.ts'
import type { AliyunConfig, AliyunTemplate } from './aliyun-config.ts'
import { MAX_NAME, smsMessage, type SmsMessage, type SmsMessageInput } from './message.ts'
import { readPhone, readsAsMainland, type Phone } from './phone.ts'
import { cannotRedirect, redirectPhone } from './redirect.ts'
import { MAX_LENGTH, paramProblem, type TemplateKind } from './template-params.ts'
import { isOneLine, isPlainNumber } from '../../core/plain-text.ts'

/** A message ready to be sent. */
export interface AliyunMessage {
  /** As the caller wrote it. */
  readonly to: string
  readonly phone: Phone
  readonly signName: string
  readonly templateCode: string
  /** Of the template, where it is configured with one. */
  readonly kind: TemplateKind | undefined
  readonly params: Readonly<Record<string, string>>
  readonly outId: string | undefined
  readonly smsUpExtendCode: string | undefined
}

type Context = Pick<AliyunConfig, 'signName' | 'templates'>
type AddIssue = (path: readonly string[], message: string) => void

/** The schema of a driver with this configuration; names every wrong field at once. */
export function aliyunMessage(config: Context): StandardSchema<SmsMessageInput, AliyunMessage> {
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
  if (message.signName === undefined && config.signName === undefined) {
    add(['signName'], 'expected a sign name here or in the configuration')
  }
  const { template: name } = message
  if (typeof name !== 'string' || name === '') return
  const template = findTemplate(config, name)
  if (!template && !/^SMS_\d+$/.test(name)) add(['template'], unknownTemplate(config))
  checkPhone(message.to, template, add)
  checkParams(message.params, template, add)
}

function findTemplate({ templates }: Context, name: string): AliyunTemplate | undefined {
  if (Object.hasOwn(templates, name)) return templates[name]
  return Object.values(templates).find(({ code }) => code === name)
}

function unknownTemplate({ templates }: Context): string {
  const aliases = Object.keys(templates).join(', ')
  return `expected a template code such as SMS_154950909${aliases && ` or one of ${aliases}`}`
}

function checkPhone(to: unknown, template: AliyunTemplate | undefined, add: AddIssue): void {
  const phone = typeof to === 'string' ? readPhone(to) : undefined
  const problem = phone && phoneProblem(phone, template)
  if (problem) add(['to'], problem)
}

/** What was expected instead, where the template cannot be sent to the number. */
function phoneProblem(phone: Phone, template: AliyunTemplate | undefined): string | undefined {
  const region = template?.region
  if (region && phone.region !== region) {
    return `expected ${region === 'mainland' ? 'a mainland' : 'an international'} number, as the template is`
  }
  if (region || !readsAsMainland(phone)) return undefined
  const why = 'without its plus this number is a mainland mobile'
  return `expected a template whose region is set to international: ${why}`
}

/**
 * The same message to another number.
 * @throws {NotifyError} INVALID_MESSAGE, where that is no phone number, or none of the template's region
 */
export function redirectAliyun(config: Context, message: AliyunMessage, to: string): AliyunMessage {
  const phone = redirectPhone(to)
  const problem = phoneProblem(phone, findTemplate(config, message.templateCode))
  if (problem) throw cannotRedirect(problem)
  return { ...message, to, phone }
}

function checkParams(params: unknown, template: AliyunTemplate | undefined, add: AddIssue): void {
  if (typeof params !== 'object' || params === null) return
  for (const name of template?.params ?? []) {
    if (Object.hasOwn(params, name)) continue
    add(['params', name], 'expected a value for this variable of the template')
  }
  checkValues(Object.entries(params), template, add)
}

function checkValues(
  values: readonly [string, unknown][],
  template: AliyunTemplate | undefined,
  add: AddIssue,
): void {
  let length = 0
  for (const [name, value] of values) {
    if (!isName(name)) return add(['params'], `expected names of 1 to ${MAX_NAME} visible characters`)
    const problem = problemOf(name, value, template)
    if (problem) add(['params', name], problem)
    else if (typeof value === 'string') length += value.length
  }
  // They all go into one URL, which the gateway cuts off somewhere, and into one text, which is shorter still.
  if (length > MAX_LENGTH) add(['params'], `expected at most ${MAX_LENGTH} characters in all values together`)
}

function isName(name: string): boolean {
  return name !== '' && name.length <= MAX_NAME && isOneLine(name)
}

function problemOf(name: string, value: unknown, template: AliyunTemplate | undefined): string | undefined {
  if (template && !template.params.includes(name)) {
    return `expected no such value: the template takes ${template.params.join(', ') || 'none'}`
  }
  const isText = typeof value === 'string' || (typeof value === 'number' && isPlainNumber(value))
  return isText ? paramProblem(String(value), template?.kind) : undefined
}

function resolve(config: Context, message: SmsMessage): AliyunMessage {
  const phone = readPhone(message.to)
  if (!phone) return z.NEVER
  const template = findTemplate(config, message.template)
  const params = Object.entries(message.params).map(([name, value]) => [name, String(value)] as const)
  return {
    to: message.to,
    phone,
    signName: message.signName ?? config.signName ?? '',
    templateCode: template?.code ?? message.template,
    kind: template?.kind,
    params: Object.fromEntries(params),
    outId: message.outId,
    smsUpExtendCode: message.smsUpExtendCode,
  }
}
