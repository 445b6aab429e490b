/** What WeChat has retired, so that a setting or field from an old guide is answered with what to use instead. */

const GONE = 'mini-program template messages were retired by WeChat in January 2020 (error 45103)'
const INSTEAD =
  'send a subscribe message with miniProgram(), or an official-account template message with officialAccount()'

/** Settings of old guides. */
export const RETIRED_SETTINGS: Readonly<Record<string, string>> = {
  mode: `there are no modes: ${GONE}, uniform messages in September 2023 (error 45109); ${INSTEAD}`,
}

const formId = `${GONE}, form ids with them; ${INSTEAD}`
const emphasis = `${GONE}, the emphasised keyword with them; ${INSTEAD}`
const uniform = `uniform messages were retired by WeChat in September 2023 (error 45109); ${INSTEAD}`

/** Message fields of old guides. */
export const RETIRED_FIELDS: Readonly<Record<string, string>> = {
  formId,
  form_id: formId,
  emphasisKeyword: emphasis,
  emphasis_keyword: emphasis,
  weappTemplateMsg: uniform,
  weapp_template_msg: uniform,
  mpTemplateMsg: uniform,
  mp_template_msg: uniform,
}

/** The `error` of a strict object: says of retired keys what to use instead. */
export function explainRetired(retired: Readonly<Record<string, string>>) {
  return (issue: { readonly code?: string; readonly keys?: unknown }): string | undefined => {
    if (issue.code !== 'unrecognized_keys' || !Array.isArray(issue.keys)) return undefined
    const keys = issue.keys.map(String)
    if (!keys.some((key) => Object.hasOwn(retired, key))) return undefined
    return keys
      .map((key) => `${key}: ${Object.hasOwn(retired, key) ? retired[key] : 'is no field'}`)
      .join('; ')
  }
}
