/** Fetches what a channel missed from the history, once for all of a node's subscribers, and hands it on in order. */
import type { HistoryRule, Position, Publication, PushBroker } from '../../core/push-broker.ts'
import type { Channel, Subscriber } from './channel.ts'

/** Publications fetched at a time. */
const PAGE = 1_000
/** What is still out of order after so many looks at the history is of another life of it, and dropped. */
const MAX_ROUNDS = 5

export interface Healing {
  readonly broker: PushBroker
  /** What is before the position is lost. */
  readonly onGap: (position: Position) => void
}

/**
 * Ends when the channel is in step with its history, and what came meanwhile was handed on too.
 * @returns whether something had been missed
 */
export async function heal<Member extends Subscriber>(
  channel: Channel<Member>,
  healing: Healing,
): Promise<boolean> {
  const { rule, position } = channel
  if (!rule.history || !position) return settle(channel)
  let hasMissed = false
  for (let rounds = 0; rounds < MAX_ROUNDS;) {
    const { isMore, isMissed } = await healPage(channel, rule.history, healing)
    hasMissed ||= isMissed
    if (isMore) continue
    if (settleBacklog(channel)) return hasMissed
    rounds++
  }
  channel.backlog = undefined
  return hasMissed
}

async function healPage<Member extends Subscriber>(
  channel: Channel<Member>,
  rule: HistoryRule,
  { broker, onGap }: Healing,
): Promise<{ isMore: boolean; isMissed: boolean }> {
  const query = { since: channel.position, limit: PAGE, rule }
  const history = await broker.history(channel.name, query)
  if (!history.isComplete) {
    onGap(await beginning(channel, rule, { broker, end: history.position }))
    return { isMore: true, isMissed: true }
  }
  for (const { data, offset } of history.publications) {
    const { epoch } = history.position
    channel.deliver({ channel: channel.name, kind: 'pub', data, position: { epoch, offset } })
  }
  const isMore = history.publications.length === PAGE
  // Those whose keys were taken leave holes, which count as told.
  if (!isMore) channel.position = history.position
  return { isMore, isMissed: history.publications.length > 0 }
}

/** Where to go on after a loss: from the first word of a new history where that is whole, otherwise from now. */
async function beginning(
  channel: Channel,
  rule: HistoryRule,
  { broker, end }: { readonly broker: PushBroker; readonly end: Position },
): Promise<Position> {
  if (channel.position?.epoch === end.epoch) return end
  const { isComplete, position } = await broker.history(channel.name, { limit: 0, rule })
  return isComplete ? { epoch: position.epoch, offset: 0 } : position
}

/** @returns whether everything that came meanwhile follows what was fetched */
function settleBacklog<Member extends Subscriber>(channel: Channel<Member>): boolean {
  const waiting = channel.backlog ?? []
  channel.backlog = undefined
  for (const [index, publication] of waiting.entries()) {
    const order = channel.orderOf(publication)
    if (order === 'next') channel.deliver(publication)
    if (order !== 'gap') continue
    channel.backlog = waiting.slice(index)
    return false
  }
  return true
}

/** A channel without a history has no order to keep. */
function settle(channel: Channel): boolean {
  const waiting: readonly Publication[] = channel.backlog ?? []
  channel.backlog = undefined
  for (const publication of waiting) channel.deliver(publication)
  return false
}
