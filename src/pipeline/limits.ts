/** Keeps what a provider would refuse for being too much from being sent at all. */
import type { Clock } from '../core/clock.ts'
import type { Delivery } from '../core/delivery.ts'
import { NotifyError } from '../core/errors.ts'
import type { Emit } from '../core/events.ts'
import type { AnyNotifier } from '../core/notifier.ts'
import type { LimitStore, RecipientLimit } from '../core/stores.ts'
import type { AccountLimit } from './account-limit.ts'
import type { Stage } from './compose.ts'
import { untilGivenUp } from './until-given-up.ts'
import { warn } from './warn.ts'

/** Waits for the account's turn before each try. */
export function accountLimit(limit: AccountLimit): Stage {
  return (next) => async (delivery) => {
    const turn = limit.enter(delivery)
    if (turn) await turn
    try {
      return await next(delivery)
    } catch (cause) {
      void limit.heed(cause)
      throw cause
    }
  }
}

export interface RecipientLimitInit {
  /** What the store counts under. */
  readonly key: string
  readonly limits: readonly RecipientLimit[]
  readonly store: LimitStore
  readonly clock: Clock
  readonly emit: Emit | undefined
}

/** A place taken within one limit. */
interface Taken {
  readonly key: string
  readonly ticket: string
}

/** Refuses at once what a recipient may not get yet; who was not sent to keeps his place. */
export function recipientLimit(notifier: AnyNotifier, init: RecipientLimitInit): Stage {
  const { provider } = notifier
  return (next) => async (delivery) => {
    const taken: Taken[] = []
    try {
      await takeAll(delivery, { notifier, init, taken })
      return await next(delivery)
    } catch (cause) {
      if (NotifyError.isNotifyError(cause) && cause.delivery === 'not_sent') {
        for (const { key, ticket } of taken) void giveBack(key, ticket)
      }
      throw cause
    }
  }

  /** Nobody waits for it: a place that cannot be given back runs out by itself. */
  async function giveBack(key: string, ticket: string): Promise<void> {
    try {
      await init.store.giveBack(key, ticket)
    } catch (failure) {
      warn('The limit store failed; a place stays taken until it runs out', failure)
    }
  }

  /** @throws {NotifyError} RATE_LIMITED, where one of the limits is reached */
  async function takeAll(delivery: Delivery, { init, taken }: TakingAll): Promise<void> {
    for (const [index, limit] of init.limits.entries()) {
      for (const subject of subjectsOf(notifier, limit, delivery.message)) {
        const key = `${init.key}/${index}/${subject}`
        const asking = init.store.take(key, limit.rates)
        const place = asking instanceof Promise ? await untilGivenUp(asking, delivery, 'not_sent') : asking
        if ('waitMs' in place) throw refusal(delivery, place.waitMs)
        taken.push({ key, ticket: place.ticket })
      }
    }
  }

  function refusal({ id, channel }: Delivery, waitMs: number): NotifyError {
    const { emit, clock } = init
    emit?.({ type: 'limited', id, channel, provider, at: clock.now(), action: 'refuse', waitMs })
    const text = `Not tried: ${provider} takes no more messages to this recipient for now`
    return new NotifyError('RATE_LIMITED', text, { retryAfterMs: waitMs, scope: 'recipient' })
  }
}

interface TakingAll {
  readonly notifier: AnyNotifier
  readonly init: RecipientLimitInit
  readonly taken: Taken[]
}

function subjectsOf(notifier: AnyNotifier, limit: RecipientLimit, message: unknown): readonly string[] {
  if (!limit.by) return notifier.recipients?.(message) ?? []
  const subject = limit.by(message)
  return subject === undefined ? [] : [subject]
}
