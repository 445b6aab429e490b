/** What a client missed while it was away: all of it, or the word that it is not all. */
import type { HistoryRule, KeptPublication, Position, PushBroker } from '../../core/push-broker.ts'

export interface RecoveryRequest {
  readonly channel: string
  readonly rule: HistoryRule
  /** What the client has; absent where it has nothing of the channel. */
  readonly since?: Position | undefined
  /** More than so many are not sent: the client is better off loading its state anew. */
  readonly limit: number
}

export interface Recovery {
  /** From here on the client is told live. */
  readonly position: Position
  /** Whether nothing is missing between what the client had and {@link position}. */
  readonly isRecovered: boolean
  /** What it missed; never a part of it, except where the history was lost, or the client has no position: then all that is kept. */
  readonly publications: readonly KeptPublication[]
}

/** Asks for one more than the limit, to learn whether there are more. */
export async function recover(broker: PushBroker, request: RecoveryRequest): Promise<Recovery> {
  const { channel, rule, since, limit } = request
  const history = await broker.history(channel, { since, limit: limit + 1, rule })
  const { position, publications, isComplete } = history
  if (isComplete && publications.length <= limit) return { position, publications, isRecovered: true }
  const isOtherLife = since !== undefined && since.epoch !== position.epoch
  // What was said since the history began anew was never said to this client, however the old one ended.
  if (isOtherLife) return { ...(await recover(broker, { ...request, since: undefined })), isRecovered: false }
  return { position, publications: [], isRecovered: false }
}

/**
 * Where the client has no position to go by: everything that was not acknowledged. Where some of it is no longer kept the
 * rest is sent all the same: it was promised to whoever comes, and no order that the client knows of is broken.
 */
export async function unacknowledged(
  broker: PushBroker,
  request: Omit<RecoveryRequest, 'since'> & { readonly device: string | undefined },
): Promise<Recovery> {
  const { channel, device, rule, limit } = request
  const since = await broker.cursor(channel, device)
  const { position, publications, isComplete } = await broker.history(channel, {
    since,
    limit: limit + 1,
    rule,
  })
  // The history began anew after the cursor was read.
  if (since && since.epoch !== position.epoch) return recover(broker, { ...request, since })
  if (publications.length > limit) return { position, publications: [], isRecovered: false }
  return { position, publications, isRecovered: isComplete }
}

/** Nothing of the past, only where the present begins. */
export async function latest(broker: PushBroker, channel: string, rule: HistoryRule): Promise<Position> {
  const { position } = await broker.history(channel, { limit: 0, rule })
  return position
}
