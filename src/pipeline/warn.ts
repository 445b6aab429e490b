/** Tells whoever runs the process of trouble that must not stop a delivery. */

import { NotifyError } from '../core/errors.ts'
import { FAILURES } from '../core/failures.ts'

/** Never throws, and quotes no text of others: an error of a store or a hook may hold the recipient. */
export function warn(what: string, ...causes: readonly [cause?: unknown]): void {
  const [cause] = causes
  const text = causes.length === 0 ? what : `${what} (${nameOf(cause)})`
  process.emitWarning(text, { type: 'NotiwireWarning', ...placeOf(cause) })
}

/** Shapes that no address has. */
const ERROR_NAME = /^[A-Z][A-Za-z]{0,63}$/
const ERROR_CODE = /^E[A-Z0-9_]{2,63}$/
/** What the errors of Redis begin with: `NOPERM`, `OOM`, `READONLY`. */
const FIRST_WORD = /^[A-Z]{3,20}(?= [a-z])/

/** Its class and, where it has one, its code: `Error ECONNREFUSED`; of an error of ours, the one behind it too. */
function nameOf(cause: unknown): string {
  try {
    if (!(cause instanceof Error)) return `a value of type ${typeof cause} was thrown`
    const isOurs = NotifyError.isNotifyError(cause)
    const words = [ERROR_NAME.test(cause.name) ? cause.name : 'Error', ...codesOf(cause)]
    const behind = isOurs && cause.cause instanceof Error ? `: ${nameOf(cause.cause)}` : ''
    return `${words.join(' ')}${behind}`
  } catch {
    return 'Error'
  }
}

function codesOf(error: Error): string[] {
  const { code, message } = error as Error & { readonly code?: unknown }
  const isCode = typeof code === 'string' && (ERROR_CODE.test(code) || Object.hasOwn(FAILURES, code))
  return [...(isCode ? [code] : []), ...(FIRST_WORD.exec(message) ?? [])]
}

/** Where it was thrown, without its text. */
function placeOf(cause: unknown): { readonly detail?: string } {
  try {
    const frames = cause instanceof Error ? (cause.stack ?? '').split('\n') : []
    const place = frames.find((line) => /^\s+at .*:\d+:\d+\)?$/.test(line))
    return place === undefined ? {} : { detail: place.trim() }
  } catch {
    return {}
  }
}
