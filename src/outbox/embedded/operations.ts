/** What can be asked of the store, as plain data, so that it can be asked across threads too. */
import type {
  Accepted,
  JobCounts,
  JobFilter,
  JobOutcome,
  JobPage,
  JobView,
  OutboxJob,
} from '../../core/outbox.ts'
import type { Retention } from '../retention.ts'
import type { Claim, ClaimedJob, Held } from './store.ts'

export interface Operations {
  insert(jobs: readonly OutboxJob[]): Accepted[]
  claim(claim: Claim): ClaimedJob[]
  settle(held: Held, outcome: JobOutcome): boolean
  giveUp(held: Held, afterMs: number): void
  renew(held: readonly Held[]): string[]
  recover(owner: string, mayDoubt: boolean): number
  cancel(id: string): 'cancelled' | 'signalled' | 'gone'
  cancelsOf(owner: string): string[]
  nextRunAt(): number | undefined
  pause(channel: string): void
  resume(channel: string): void
  get(id: string): JobView | undefined
  list(filter: JobFilter, limit: number, after: string | undefined): JobPage
  counts(): Record<string, JobCounts>
  replay(filter: JobFilter): number
  purge(filter: JobFilter): number
  tidy(retention: Retention): number
  /** Changes when another connection, such as another process, has written. */
  version(): number
  /** Whether the disk has room again. */
  regain(): boolean
  check(): string[]
}

export type OperationName = keyof Operations

export type Operation = readonly [name: OperationName, ...values: readonly unknown[]]

/** What writes nothing keeps nobody from writing. */
export const READS: readonly OperationName[] = [
  ...(['cancelsOf', 'nextRunAt', 'get', 'list'] as const),
  ...(['counts', 'version', 'regain', 'check'] as const),
]

/** What must be noted down though the disk is full. */
export const RESCUED: readonly OperationName[] = ['settle', 'giveUp', 'renew']

export type Answer = { readonly value: unknown } | { readonly error: unknown }
