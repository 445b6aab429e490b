/** What both kinds of WeChat message are made of: the recipient, the template and its fields. */
import * as z from 'zod'
import {
  dataProblems,
  isFieldValue,
  toTexts,
  type FieldValue,
  type Overflow,
  type Template,
} from './field-values.ts'
import { isOneLine, ONE_LINE } from '../../core/plain-text.ts'

export const LANGUAGES = ['zh_CN', 'en_US', 'zh_HK', 'zh_TW'] as const
export const MINI_PROGRAM_STATES = ['developer', 'trial', 'formal'] as const

/** WeChat's ids have 43 characters so far; the driver does not insist. */
const TEMPLATE_ID = /^[\w-]{30,64}$/
export const templateId = z
  .string()
  .regex(TEMPLATE_ID, 'expected a template id of 43 letters, digits, - and _')

export const openid = z
  .string()
  .regex(/^[\w-]{20,64}$/, 'expected an openid of 20 to 64 letters, digits, - and _')

/** Values by keyword. Which fits where is checked for the whole message, to name every wrong field at once. */
export const data = z
  .record(z.string(), z.custom<FieldValue>(isFieldValue, 'expected a string, a number or a valid Date'))
  .refine((fields) => Object.keys(fields).length > 0, 'expected at least one field of the template')

/** A page of a mini-program, without the leading slash that WeChat refuses. */
export const page = z
  .string()
  .min(1)
  .max(1024)
  .refine(isOneLine, ONE_LINE)
  .refine(
    (path) => !/^[a-z][a-z0-9+.-]*:|^\/\/|^\/?$|\s/i.test(path),
    'expected a page such as pages/index?id=1, not a URL',
  )
  .transform((path) => path.replace(/^\//, ''))

export interface MessageSettings {
  readonly templates: Readonly<Record<string, string | Template>>
  readonly overflow: Overflow
}

/** The template of that name, or with that id; nothing where it is neither a configured name nor an id. */
export function findTemplate({ templates }: MessageSettings, nameOrId: string): Template | undefined {
  const named = Object.hasOwn(templates, nameOrId) ? templates[nameOrId] : undefined
  if (named !== undefined) return typeof named === 'string' ? { id: named } : named
  return TEMPLATE_ID.test(nameOrId) ? { id: nameOrId } : undefined
}

/** A template, by the name it has in the configuration or by its id. */
export function templateName(settings: MessageSettings) {
  const names = Object.keys(settings.templates).join(', ') || 'none are configured'
  return z.string().refine((name) => findTemplate(settings, name) !== undefined, {
    error: `expected a template id, or one of the configured templates (${names})`,
  })
}

interface Filled {
  readonly template: string
  readonly data: Readonly<Record<string, FieldValue>>
  readonly overflow?: Overflow | undefined
}

/** A check of a whole message: that its data keep the rules of their fields and of the template. */
export function checkData(settings: MessageSettings) {
  return (message: unknown, context: z.core.$RefinementCtx): void => {
    const { template, data: given, overflow } = (message ?? {}) as Partial<Record<keyof Filled, unknown>>
    if (typeof given !== 'object' || given === null || Array.isArray(given)) return
    const found = typeof template === 'string' ? findTemplate(settings, template) : undefined
    const rule = overflow === 'error' || overflow === 'ellipsis' ? overflow : settings.overflow
    for (const { path, message: text } of dataProblems(given, found, rule)) {
      context.addIssue({ code: 'custom', path: ['data', path], message: text })
    }
  }
}

/** {@link checkData} names its fields also where others are wrong. */
export const ALWAYS = { when: () => true }

/** The parts of the message as WeChat takes them. Only for a message that was checked. */
export function fill(settings: MessageSettings, { template, data: given, overflow }: Filled) {
  return {
    template: findTemplate(settings, template)?.id ?? template,
    data: toTexts(given, overflow ?? settings.overflow),
  }
}

/** `{ thing1: 'x' }` as WeChat writes it: `{ thing1: { value: 'x' } }`. */
export function toWireData(texts: Readonly<Record<string, string>>): Record<string, { value: string }> {
  return Object.fromEntries(Object.entries(texts).map(([keyword, value]) => [keyword, { value }]))
}
