/** A provider of any name that answers as a test says, and knows when it was asked; and what such tests share. */
import type { Clock } from '../../src/core/clock.ts'
import {
  NotifyError,
  type DeliveryContext,
  type FailureCode,
  type NotifyErrorDetails,
  type RecipientLimit,
  type SendResult,
} from '../../src/index.ts'
import { MemoryNotifier } from '../support/memory-notifier.ts'

/** Accepts where it resolves. `asked` counts from 1. */
export type Answer = (asked: number, context: DeliveryContext) => Promise<unknown>

export class Carrier extends MemoryNotifier {
  override readonly provider: 'memory'
  asked = 0
  answer: Answer

  constructor(answer: Answer = accept, provider = 'memory') {
    super(async (_, context) => {
      this.asked += 1
      await this.answer(this.asked, context)
      return { providerId: context.id, at: 1 }
    })
    this.answer = answer
    this.provider = provider as 'memory'
  }
}

export const accept: Answer = () => Promise.resolve()

/** Refuses before anything was sent, unless the details say otherwise. */
export function refuse(code: FailureCode, details: NotifyErrorDetails = {}): Answer {
  return () => Promise.reject(new NotifyError(code, 'no', { delivery: 'not_sent', ...details }))
}

/** One answer after the other; the last one from then on. */
export function inTurn(...answers: readonly [Answer, ...Answer[]]): Answer {
  const last = answers.at(-1) ?? accept
  return (asked, context) => (answers[asked - 1] ?? last)(asked, context)
}

export const never = () => new Promise<never>(() => undefined)

export function after(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.setTimeout(resolve, ms))
}

export const ONE_PER_MINUTE: RecipientLimit = { rates: [{ limit: 1, perMs: 60_000 }] }

/** What a result comes to, such as `sent`, `skipped expired` or `RATE_LIMITED not_sent`. */
export function outcomeOf(result: SendResult): string {
  if (result.status === 'failed') return `${result.error.code} ${result.error.delivery}`
  return result.status === 'skipped' ? `skipped ${result.reason}` : result.status
}

/** Whether something has ended, and how. */
export function watch<T>(work: Promise<T>): { value?: T } {
  const seen: { value?: T } = {}
  void work.then((value) => (seen.value = value))
  return seen
}
