/** Carries one delivery inside the caller's tracer, where there is one. */
import type { SendFacts } from '../core/tracer.ts'
import { traced } from '../pipeline/traced.ts'
import type { Settings } from './options.ts'
import type { SendResult } from './result.ts'

/** `carry` never rejects, and neither does this. */
export function sendTraced(
  about: Omit<SendFacts, 'provider'>,
  { tracer, channels }: Pick<Settings, 'tracer' | 'channels'>,
  carry: () => Promise<SendResult>,
): Promise<SendResult> {
  if (!tracer) return carry()
  const provider = channels.get(about.channel)?.provider ?? ''
  return traced((run) => tracer.send({ ...about, provider }, run), carry)
}
