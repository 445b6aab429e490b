/** When a browser is likely to have a network again, or a user. */
const EVENTS = ['online', 'visibilitychange']

type Target = Partial<Record<string, (type: string, listener: () => void) => void>>

/** Does nothing where there are no such events. */
export function watchBrowser(wake: () => void): () => void {
  const each = (how: string) => EVENTS.forEach((type) => (globalThis as unknown as Target)[how]?.(type, wake))
  each('addEventListener')
  return () => each('removeEventListener')
}
