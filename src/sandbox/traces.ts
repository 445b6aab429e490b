/** Puts together what a Notify tells of its deliveries and what arrived here of them. */
import type { TracedAttempt } from '../facade/sandbox/traced-deliveries.ts'
import type { Trace } from './captured.ts'
import type { Stored } from './draft.ts'

/** `POST /api/traces`: all that is known of a delivery so far; a later report takes the place of an earlier one. */
export interface TraceReport extends Trace {
  readonly attempts: readonly TracedAttempt[]
}

/** By how much the clocks of the sender and of the sandbox may differ, in milliseconds. */
const SKEW_MS = 50
const MOST_RECENT = 200

export class Traces {
  readonly #most: number
  readonly #byDelivery = new Map<string, TraceReport>()
  /** The latest reports: what they tell of may still be on its way. */
  #recent: TraceReport[] = []
  /** Which delivery a message belongs to. */
  readonly #deliveryOf = new Map<string, string>()

  constructor(most: number) {
    this.#most = most
  }

  of(id: string): Trace | undefined {
    const report = this.#byDelivery.get(this.#deliveryOf.get(id) ?? '')
    return report && { deliveryId: report.deliveryId, channel: report.channel, steps: report.steps }
  }

  /** @returns the messages that it tells something of */
  report(report: TraceReport, stored: readonly Stored[]): readonly string[] {
    this.#byDelivery.delete(report.deliveryId)
    this.#byDelivery.set(report.deliveryId, report)
    this.#recent = [...this.#recent.slice(1 - MOST_RECENT), report]
    for (const oldest of this.#byDelivery.keys()) {
      if (this.#byDelivery.size <= this.#most) break
      this.#byDelivery.delete(oldest)
    }
    const known = [...this.#deliveryOf]
      .filter(([, delivery]) => delivery === report.deliveryId)
      .map(([id]) => id)
    const found = report.attempts.flatMap((attempt) => this.#arrivalsOf(attempt, stored))
    for (const id of found) this.#deliveryOf.set(id, report.deliveryId)
    return [...new Set([...known, ...found])]
  }

  /** A message that was told of before it was read. */
  arrived(stored: Stored): void {
    for (const { deliveryId, attempts } of this.#recent) {
      if (!attempts.some((attempt) => isOf(attempt, stored))) continue
      if (!this.#deliveryOf.has(stored.id)) this.#deliveryOf.set(stored.id, deliveryId)
    }
  }

  forget(id: string): void {
    this.#deliveryOf.delete(id)
  }

  clear(): void {
    this.#byDelivery.clear()
    this.#recent = []
    this.#deliveryOf.clear()
  }

  #arrivalsOf(attempt: TracedAttempt, stored: readonly Stored[]): readonly string[] {
    const free = stored.filter(({ id }) => !this.#deliveryOf.has(id))
    return free.filter((message) => isOf(attempt, message)).map(({ id }) => id)
  }
}

/** By the id that the receipt has; where there is no receipt, by recipient and time. */
function isOf(
  { provider, recipients, startedAt, endedAt, providerId }: TracedAttempt,
  stored: Stored,
): boolean {
  if (provider !== stored.provider) return false
  if (providerId !== undefined && stored.providerIds.length > 0)
    return stored.providerIds.includes(providerId)
  const isInTime = stored.at >= startedAt - SKEW_MS && stored.at <= endedAt + SKEW_MS
  return isInTime && stored.recipientList.some((one) => recipients.some((other) => isSame(one, other)))
}

/** Channels write a recipient in more than one way: `+8613800138000` goes to Aliyun as `13800138000`. */
function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase() || (one.length >= 8 && other.endsWith(one))
}
