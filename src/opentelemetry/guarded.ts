/** Telemetry may fail in any way: the delivery it watches goes on as if nobody did. */
import { context, diag, type Context } from '@opentelemetry/api'

/** What `run` returns; nothing where it throws, which OpenTelemetry's own diagnostics are told. */
export function quietly<T>(what: string, run: () => T): T | undefined {
  try {
    return run()
  } catch (cause) {
    tell(`notiwire: could not ${what}`, cause)
    return undefined
  }
}

function tell(text: string, cause: unknown): void {
  try {
    diag.error(text, cause)
  } catch {
    // A logger that throws has nobody left to tell.
  }
}

/** Runs it once, in the context where there is one and it can be entered. */
export function within<T>(entered: Context | undefined, run: () => Promise<T>): Promise<T> {
  let running: Promise<T> | undefined
  const once = () => (running ??= begin(run))
  if (entered) quietly('enter the context', () => void context.with(entered, once))
  return once()
}

/** What throws at once rejects, so that it is never taken for a failure of the context. */
async function begin<T>(run: () => Promise<T>): Promise<T> {
  return run()
}
