/** What a message becomes on the wire, provider by provider, without sending it. */
import { Attempt } from '../core/delivery.ts'
import type { AnyNotifier } from '../core/notifier.ts'
import { leavesOf } from '../facade/limit-options.ts'

export interface Rendered {
  readonly provider: string
  /** Undefined where the driver cannot tell. */
  readonly wire: unknown
  /** Of the e-mail or the payload; else of all that would be posted, in JSON. */
  readonly bytes: number | undefined
}

/**
 * In the order in which the providers are tried.
 * @throws {NotifyError} as a send would, before it reaches the provider
 */
export async function render(
  driver: AnyNotifier,
  input: unknown,
  idempotencyKey?: string,
): Promise<Rendered[]> {
  // Of several providers each reads the message before any is asked, and names what is wrong with it.
  driver.parse(input)
  const attempt = new Attempt({ id: crypto.randomUUID(), idempotencyKey })
  const all: Rendered[] = []
  for (const leaf of leavesOf(driver)) {
    const wire = await leaf.render?.(leaf.parse(input), attempt)
    all.push({ provider: leaf.provider, wire, bytes: bytesOf(wire) })
  }
  return all
}

function bytesOf(wire: unknown): number | undefined {
  if (typeof wire !== 'object' || wire === null) return undefined
  if ('raw' in wire && typeof wire.raw === 'string') return Buffer.byteLength(wire.raw)
  return Buffer.byteLength(JSON.stringify('payload' in wire ? wire.payload : wire))
}
