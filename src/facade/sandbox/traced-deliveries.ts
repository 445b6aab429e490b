/** Writes down what happens to each delivery under way, and tells the inbox when it has ended or is put off. */
import type { LifecycleEvent } from '../../core/events.ts'
import type { SandboxLink } from './link.ts'

/** One try, by which the inbox finds what arrived there. */
export interface TracedAttempt {
  readonly provider: string
  readonly recipients: readonly string[]
  /** Epoch milliseconds. */
  readonly startedAt: number
  readonly endedAt: number
  readonly providerId?: string
}

type OfDelivery = Exclude<LifecycleEvent, { readonly type: 'breaker' }>

interface Traced {
  readonly channel: string
  readonly steps: object[]
  readonly attempts: TracedAttempt[]
}

const ENDS: readonly string[] = ['sent', 'failed', 'skipped']
/** A delivery that is tried again and again tells its latest steps. */
const MOST = 200

export class TracedDeliveries {
  readonly #link: SandboxLink
  readonly #underWay = new Map<string, Traced>()

  constructor(link: SandboxLink) {
    this.#link = link
  }

  attempted(id: string, attempt: TracedAttempt): void {
    const attempts = this.#underWay.get(id)?.attempts
    attempts?.push(attempt)
    if (attempts && attempts.length > MOST) attempts.shift()
  }

  hear(event: LifecycleEvent): void {
    if (event.type === 'breaker') return
    const { id, channel } = event
    const traced = this.#underWay.get(id) ?? { channel, steps: [], attempts: [] }
    this.#underWay.set(id, traced)
    traced.steps.push(stepOf(event))
    if (traced.steps.length > MOST) traced.steps.shift()
    const hasEnded = ENDS.includes(event.type)
    if (hasEnded) this.#underWay.delete(id)
    if (hasEnded || event.type === 'deferred') this.#link.report('/api/traces', { deliveryId: id, ...traced })
  }
}

function stepOf(event: OfDelivery): object {
  const { at, type } = event
  const { provider, attempt, reason, ...times } = { ...event } as Partial<Record<string, unknown>>
  const ms = times['ms'] ?? times['delayMs'] ?? times['waitMs']
  return { at, type, provider, attempt, reason, ms, ...errorOf(event) }
}

function errorOf(event: OfDelivery): object {
  if (!('error' in event) || !event.error) return {}
  const { code, message, delivery } = event.error
  return { error: { code, message, delivery } }
}
