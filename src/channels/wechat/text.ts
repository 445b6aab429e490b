/** What every text must be that a user is shown or WeChat is sent: encodable, one line, and shown as it was written. */

/** Controls and line breaks, and marks that show nothing or turn what follows around; joiners belong to some scripts. */
const HIDDEN = /(?![\u200C\u200D])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u

export const ONE_LINE = 'expected one line of well-formed text without control or invisible characters'

export function isOneLine(text: string): boolean {
  return text.isWellFormed() && !HIDDEN.test(text)
}

/** Whether its text is the number itself: not `1e+21`, nor digits that were lost before it came here. */
export function isPlainNumber(value: number): boolean {
  return Number.isSafeInteger(value) || /^-?\d+\.\d+$/.test(String(value))
}
