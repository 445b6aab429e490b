/** Tells whoever runs the process of trouble that must not stop a delivery. */

/** Never throws, and quotes no text of others: an error of a store or a hook may hold the recipient. */
export function warn(what: string, cause: unknown): void {
  process.emitWarning(`${what} (${nameOf(cause)})`, { type: 'NotiwireWarning', ...placeOf(cause) })
}

/** Its class and, where it has one, its code: `Error ECONNREFUSED`. */
function nameOf(cause: unknown): string {
  try {
    if (!(cause instanceof Error)) return `a value of type ${typeof cause} was thrown`
    const { name, code } = cause as Error & { readonly code?: unknown }
    const isWord = typeof code === 'string' && /^\w{1,64}$/.test(code)
    return /^\w{1,64}$/.test(name) ? `${name}${isWord ? ` ${code}` : ''}` : 'Error'
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
