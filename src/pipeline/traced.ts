/** Runs work inside a tracer, so that nothing the tracer does or fails to do can change it. */
import { warn } from './warn.ts'

/**
 * The work is done once and its end is told as soon as it is there, whether the tracer runs it twice, never, or never
 * comes to an end.
 */
export function traced<T>(trace: (run: () => Promise<T>) => Promise<T>, work: () => Promise<T>): Promise<T> {
  let working: Promise<T> | undefined
  const run = () => (working ??= (async () => work())())
  void watch(() => trace(run), run)
  return run()
}

/** What the work fails with goes through the tracer, and is no failure of it. */
async function watch<T>(trace: () => Promise<T>, run: () => Promise<T>): Promise<void> {
  try {
    await trace()
  } catch (cause) {
    const own: unknown = await run().catch((failure: unknown) => failure)
    if (cause !== own) warn('The tracer failed', cause)
  }
}
