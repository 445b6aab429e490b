/** What can be seen of the outbox, and done about it: `notify.outbox`. */
import { expecting, issuesOf, milliseconds, wholeNumber, type Check, type Checks } from '../../core/checks.ts'
import type { NotifyError } from '../../core/errors.ts'
import type { JobCounts, JobFilter, Outbox, OutboxPromises } from '../../core/outbox.ts'
import { invalid } from '../../core/parse.ts'
import { toNotifyError } from '../failures.ts'
import { jobStatesOf, statusOf, type DeliveryState, type DeliveryStatus } from './status.ts'

export interface DeliveryFilter {
  readonly channel?: string | undefined
  readonly ids?: readonly string[] | undefined
  readonly status?: DeliveryState | undefined
}

export interface ListOptions extends DeliveryFilter {
  /** At most 1_000. @default 100 */
  readonly limit?: number | undefined
  /** The `next` of the page before. */
  readonly after?: string | undefined
}

export interface DeliveryPage {
  readonly deliveries: readonly DeliveryStatus[]
  /** Hand it to `list` as `after`; absent on the last page. */
  readonly next?: string
}

export interface ReplayFilter {
  readonly channel?: string | undefined
  readonly ids?: readonly string[] | undefined
  /** Which ones: `unknown` only where you know that they did not arrive, or a second message does no harm. @default 'failed' */
  readonly status?: 'failed' | 'unknown' | undefined
}

export interface PurgeFilter extends ReplayFilter {
  /** How long ago they ended, in milliseconds, at least. @default 0 */
  readonly olderThanMs?: number | undefined
  readonly status?: never
}

export interface OutboxStats {
  /** By channel; `jobs` of a state that ended are those that are still kept. */
  readonly channels: Readonly<Record<string, JobCounts>>
  readonly promises: OutboxPromises
}

const text: Check = expecting('a string', (value) => typeof value === 'string')
const texts: Check = expecting(
  'a list of strings',
  (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
)
const oneOf = (...names: readonly string[]): Check =>
  expecting(`one of ${names.join(', ')}`, (value) => names.includes(value as string))

const STATUSES = ['queued', 'scheduled', 'sending', 'sent', 'failed', 'skipped', 'unknown'] as const
const LIST_CHECKS: Checks = {
  ...{ channel: text, ids: texts, after: text, status: oneOf(...STATUSES) },
  limit: wholeNumber(1, 1_000),
}
const REPLAY_CHECKS: Checks = { channel: text, ids: texts, status: oneOf('failed', 'unknown') }
const PURGE_CHECKS: Checks = { channel: text, ids: texts, olderThanMs: milliseconds }

export interface DeskInit {
  /** @throws {NotifyError} INVALID_CONFIG, where there is no outbox; what opening it failed with */
  readonly outbox: () => Promise<Outbox>
  readonly now: () => number
}

export class OutboxDesk {
  readonly #init: DeskInit

  constructor(init: DeskInit) {
    this.#init = init
  }

  /** How many deliveries are in each state, and what the outbox promises. */
  async stats(): Promise<OutboxStats> {
    const outbox = await this.#init.outbox()
    return { channels: await outbox.counts(), promises: outbox.promises }
  }

  /** @throws {NotifyError} INVALID_MESSAGE, naming every wrong option */
  async list(options: ListOptions = {}): Promise<DeliveryPage> {
    assertOptions(options, LIST_CHECKS)
    const { limit = 100, after, status } = options
    const outbox = await this.#init.outbox()
    const page = await outbox.list(filterOf(options), { limit, ...(after !== undefined && { after }) })
    const all = page.jobs.map(statusOf)
    const deliveries = status ? all.filter((delivery) => delivery.status === status) : all
    return { deliveries, ...(page.next !== undefined && { next: page.next }) }
  }

  /**
   * Attempts again, from the start, what failed for good.
   * @returns how many
   * @throws {NotifyError} INVALID_MESSAGE, naming every wrong option
   */
  async replay(filter: ReplayFilter = {}): Promise<number> {
    assertOptions(filter, REPLAY_CHECKS)
    const { status = 'failed' } = filter
    const outbox = await this.#init.outbox()
    return outbox.replay({ ...filterOf(filter), states: jobStatesOf(status) })
  }

  /**
   * Deletes what has ended. Idempotency keys are held for their time all the same.
   * @returns how many
   * @throws {NotifyError} INVALID_MESSAGE, naming every wrong option
   */
  async purge(filter: PurgeFilter = {}): Promise<number> {
    assertOptions(filter, PURGE_CHECKS)
    const { olderThanMs } = filter
    const outbox = await this.#init.outbox()
    const endedBefore = olderThanMs === undefined ? undefined : this.#init.now() - olderThanMs
    return outbox.purge({ ...filterOf(filter), ...(endedBefore !== undefined && { endedBefore }) })
  }

  /** No process attempts anything on the channel until it is resumed. */
  async pause(channel: string): Promise<void> {
    await (await this.#init.outbox()).pause(channel)
  }

  async resume(channel: string): Promise<void> {
    await (await this.#init.outbox()).resume(channel)
  }

  /** Whether it can be reached, and what keeps it from keeping what it promises, in a sentence each. */
  async verify(): Promise<OutboxVerifyResult> {
    try {
      return { status: 'ok', warnings: await (await this.#init.outbox()).check() }
    } catch (cause) {
      return { status: 'failed', warnings: [], error: toNotifyError(cause, false) }
    }
  }
}

export type OutboxVerifyResult =
  | { readonly status: 'ok'; readonly warnings: readonly string[] }
  | { readonly status: 'failed'; readonly warnings: readonly string[]; readonly error: NotifyError }

function assertOptions(options: object, checks: Checks): void {
  const issues = issuesOf(options, checks, [])
  if (issues.length > 0) throw invalid('INVALID_MESSAGE', issues)
}

function filterOf({ channel, ids, status }: DeliveryFilter): JobFilter {
  return {
    ...(channel !== undefined && { channel }),
    ...(ids !== undefined && { ids }),
    ...(status !== undefined && { states: jobStatesOf(status) }),
  }
}
