/** A driver in the place of another, whose messages it reads and renders as ever and sends elsewhere. */
import { Composite } from '../core/composite.ts'
import { Notifier, type AnyNotifier } from '../core/notifier.ts'
import type { StandardSchema } from '../core/standard-schema.ts'

/** Never asked: the real driver reads the messages. */
const ANYTHING: StandardSchema<unknown, unknown> = {
  '~standard': { version: 1, vendor: 'notiwire', validate: (value) => ({ value }) },
}

export abstract class StandIn extends Notifier {
  readonly provider: string
  override readonly deduplicates: boolean
  override readonly onUnknown: AnyNotifier['onUnknown']
  protected readonly schema = ANYTHING
  protected readonly real: AnyNotifier

  constructor(real: AnyNotifier) {
    super()
    this.provider = real.provider
    this.deduplicates = real.deduplicates
    this.onUnknown = real.onUnknown
    this.real = real
    // Absent where the real one has none, for the options of guard, limits and suppression depend on it.
    if (real.recipients) this.recipients = (message) => real.recipients?.(message) ?? []
    if (real.redirected) this.redirected = (message, to) => real.redirected?.(message, to)
    if (real.render) this.render = async (message, context) => real.render?.(message, context)
  }

  override parse(input: unknown): unknown {
    return this.real.parse(input)
  }
}

/**
 * Puts a stand-in in each driver's place. One driver that serves two channels stays one, and of several providers each
 * has its own, so that circuits, limits and failover are as ever.
 */
export function standingIn(make: (real: AnyNotifier) => AnyNotifier): (real: AnyNotifier) => AnyNotifier {
  const known = new Map<AnyNotifier, AnyNotifier>()
  const standInOf = (real: AnyNotifier): AnyNotifier => {
    const made = known.get(real) ?? (Composite.isComposite(real) ? composite(real) : make(real))
    known.set(real, made)
    return made
  }
  const composite = ({ provider, members, newOrder }: Composite): AnyNotifier =>
    new Composite(provider.slice(0, provider.indexOf('(')), members.map(standInOf), newOrder)
  return standInOf
}
