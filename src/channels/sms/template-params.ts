/**
 * What a template's values may hold, checked before the provider does.
 * Sources, read 2026-11-23: https://help.aliyun.com/document_detail/101346.html (isv.PARAM_NOT_SUPPORT_URL,
 * isv.PARAM_LENGTH_LIMIT, isv.TEMPLATE_PARAMS_ILLEGAL) and https://help.aliyun.com/document_detail/463270.html
 */

import { isOneLine, ONE_LINE } from '../../core/plain-text.ts'

export type TemplateKind = 'verification' | 'notice' | 'promotion'

/** Its parts are short or start at one place, so that a search takes time by the length and not its square. */
const URL_LIKE = /[a-z0-9+.-]:\/\/|\bwww\.|[a-z0-9]-*\.[a-z]{2,}\//i
const EMOJI = /\p{Emoji_Presentation}|\uFE0F|\u20E3/u
/** No text message holds more; also keeps the searches cheap. */
export const MAX_LENGTH = 1000
const NOTICE_MAX_LENGTH = 35

type Rule = readonly [isBroken: (value: string) => boolean, expected: string]

const RULES: readonly Rule[] = [
  [(value) => value === '', 'expected at least one character'],
  [(value) => value.length > MAX_LENGTH, `expected at most ${MAX_LENGTH} characters`],
  [(value) => !isOneLine(value), ONE_LINE],
  [(value) => URL_LIKE.test(value), 'expected no URL: put it into the template’s fixed text'],
  [(value) => /[【】]/.test(value), 'expected no 【 or 】: they mark the sign name'],
  [(value) => EMOJI.test(value), 'expected no emoji'],
]

const RULES_OF_KIND: Readonly<Record<TemplateKind, readonly Rule[]>> = {
  verification: [
    [
      (value) => !/^[0-9A-Za-z]{4,6}$/.test(value),
      'expected 4 to 6 letters or digits in a verification template',
    ],
  ],
  notice: [
    [
      (value) => [...value].length > NOTICE_MAX_LENGTH,
      `expected at most ${NOTICE_MAX_LENGTH} characters in a notice template`,
    ],
  ],
  promotion: [],
}

/** What was expected instead, where the value cannot be sent. Never quotes the value. */
export function paramProblem(value: string, kind: TemplateKind | undefined): string | undefined {
  const rules = [...RULES, ...(kind ? RULES_OF_KIND[kind] : [])]
  return rules.find(([isBroken]) => isBroken(value))?.[1]
}
