/** Tells whoever runs the process of trouble that must not stop a delivery. */

export function warn(what: string, cause: unknown): void {
  const why = cause instanceof Error ? `${cause.name}: ${cause.message}` : typeof cause
  process.emitWarning(`${what} (${why})`, { type: 'NotiwireWarning' })
}
