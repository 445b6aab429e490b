/** Tells whoever runs the process of trouble that must not stop a delivery. */

/** Never throws, and quotes no text of others: an error of a store or a hook may hold the recipient. */
export function warn(what: string, cause: unknown): void {
  process.emitWarning(`${what} (${nameOf(cause)})`, { type: 'NotiwireWarning', ...placeOf(cause) })
}

/** Shapes that no address has. */
const ERROR_NAME = /^[A-Z][A-Za-z]{0,63}$/
const ERROR_CODE = /^E[A-Z0-9_]{2,63}$/

/** Its class and, where it has one, its code: `Error ECONNREFUSED`. */
function nameOf(cause: unknown): string {
  try {
    if (!(cause instanceof Error)) return `a value of type ${typeof cause} was thrown`
    const { name, code } = cause as Error & { readonly code?: unknown }
    const isCode = typeof code === 'string' && ERROR_CODE.test(code)
    return `${ERROR_NAME.test(name) ? name : 'Error'}${isCode ? ` ${code}` : ''}`
  } catch {
    return 'Error'
  }
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
