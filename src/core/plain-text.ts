/** What every text must be that a person is shown or a provider is sent: encodable, one line, shown as it was written. */

/** Controls and line breaks, and marks that show nothing or turn what follows around; joiners belong to some scripts. */
const HIDDEN = /(?![\u200C\u200D])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u

export const ONE_LINE = 'expected one line of well-formed text without control or invisible characters'

/** Lone surrogates cannot be encoded: they would fail while the request is being made. */
export function isOneLine(text: string): boolean {
  return text.isWellFormed() && !HIDDEN.test(text)
}

/** Whether its text is the number itself: not `1e+21`, nor digits that were lost before it came here. */
export function isPlainNumber(value: number): boolean {
  return Number.isSafeInteger(value) || /^-?\d+\.\d+$/.test(String(value))
}

/** In small letters. Browsers leave out control characters and spaces before they look for it, inside of it too. */
export function schemeOf(url: string): string | undefined {
  return /^([a-z][a-z0-9+.-]*):/i.exec(url.replaceAll(/[^!-\uffff]/g, ''))?.[1]?.toLowerCase()
}

export function runsScript(url: string): boolean {
  return ['javascript', 'data', 'vbscript'].includes(schemeOf(url) ?? '')
}
