/**
 * What a template's values may hold, checked before the provider does.
 * Sources, read 2026-11-23: https://help.aliyun.com/document_detail/101346.html (isv.PARAM_NOT_SUPPORT_URL,
 * isv.PARAM_LENGTH_LIMIT, isv.TEMPLATE_PARAMS_ILLEGAL) and https://help.aliyun.com/document_detail/463270.html
 */

export type TemplateKind = 'verification' | 'notice' | 'promotion'

const URL_LIKE = /[a-z][a-z0-9+.-]*:\/\/|\bwww\.|\b[a-z0-9-]+\.[a-z]{2,}\//i
const EMOJI = /\p{Emoji_Presentation}|\uFE0F|\u20E3/u
const VERIFICATION_CODE = /^[0-9A-Za-z]{4,6}$/
const NOTICE_MAX_LENGTH = 35

/** What was expected instead, where the value cannot be sent. Never quotes the value. */
export function paramProblem(value: string, kind: TemplateKind | undefined): string | undefined {
  if (value === '') return 'expected at least one character'
  if (!value.isWellFormed()) return 'expected well-formed Unicode without lone surrogates'
  if (URL_LIKE.test(value)) return 'expected no URL: put it into the template’s fixed text'
  if (/[【】]/.test(value)) return 'expected no 【 or 】: they mark the sign name'
  if (EMOJI.test(value)) return 'expected no emoji'
  if (kind === 'verification' && !VERIFICATION_CODE.test(value)) {
    return 'expected 4 to 6 letters or digits in a verification template'
  }
  if (kind === 'notice' && [...value].length > NOTICE_MAX_LENGTH) {
    return `expected at most ${NOTICE_MAX_LENGTH} characters in a notice template`
  }
  return undefined
}
