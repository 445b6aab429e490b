/** Public surface of the package root. Every other name is internal. */
import { createNotify as createNotifyWith, type Notify } from './facade/notify.ts'
import type { OpenFile } from './facade/durable/durable.ts'
import type { Channels, NotifyOptions } from './facade/options.ts'
import type { OpenSandbox } from './facade/sandbox/mode.ts'

/** Loaded when there is a file to open: who has no outbox pays nothing for it. */
const openFile: OpenFile = async (file, { clock }) => {
  const { embedded } = await import('./outbox/embedded.ts')
  return embedded({ file, clock })
}

/** Loaded in sandbox mode alone. */
const openSandbox: OpenSandbox = async () => {
  const { findOrStart } = await import('./sandbox/sandbox.ts')
  return findOrStart()
}

/** @throws {NotifyError} INVALID_CONFIG, naming every wrong option */
export function createNotify<const C extends Channels>(options: NotifyOptions<C>): Notify<C> {
  return createNotifyWith(options, { openFile, openSandbox })
}

export type { Notify } from './facade/notify.ts'
export type { OutboxOptions, OutboxRetryOptions } from './facade/durable/options.ts'
export type { EnqueueOptions } from './facade/durable/enqueue-options.ts'
export type { DeliveryState, DeliveryStatus } from './facade/durable/status.ts'
export type {
  DeliveryFilter,
  DeliveryPage,
  ListOptions,
  OutboxDesk,
  OutboxStats,
  OutboxVerifyResult,
  PurgeFilter,
  ReplayFilter,
} from './facade/durable/outbox-desk.ts'
export { JobCancelled } from './core/outbox.ts'
export type {
  Accepted,
  EndState,
  EnqueueInit,
  JobConsumer,
  JobCounts,
  JobFilter,
  JobOutcome,
  JobPage,
  JobState,
  JobView,
  JobWorker,
  LeasedJob,
  Outbox,
  OutboxJob,
  OutboxPromises,
} from './core/outbox.ts'
export type { StoryAttempt, StoryEnd, StoryWait } from './pipeline/story.ts'
export type { BulkProgress } from './facade/bulk.ts'
export type { SendManyOptions, Source } from './facade/bulk-options.ts'
export type { GuardOptions } from './facade/guard-options.ts'
export type { SandboxPlace } from './facade/sandbox/link.ts'
export type { Hooks } from './facade/hooks.ts'
export type { LimitsOptions, ProviderLimits } from './facade/limit-options.ts'
export type { CloseOptions, SendOptions, VerifyOptions } from './facade/call-options.ts'
export type { Channels, IdempotencyOptions, NotifyOptions } from './facade/options.ts'
export type { BreakerOptions, RetryOptions } from './facade/policies.ts'
export type {
  BulkResult,
  EnqueueResult,
  FailedResult,
  ProviderHealth,
  QueuedResult,
  SendResult,
  SentResult,
  SkippedResult,
  VerifyResult,
} from './facade/result.ts'
export { memorySuppressions } from './pipeline/memory-suppressions.ts'
export type { MemorySuppressionsOptions } from './pipeline/memory-suppressions.ts'
export type { SuppressionTtl } from './core/suppression-ttl.ts'
export { systemClock } from './core/clock.ts'
export type { Clock, Timer } from './core/clock.ts'
export type { AttemptRecord, DeliveryContext, Receipt } from './core/delivery.ts'
export { NotifyError } from './core/errors.ts'
export type { Issue, NotifyErrorDetails, ProviderReply, RecipientReason } from './core/errors.ts'
export { FAILURES } from './core/failures.ts'
export type {
  AcceptedEvent,
  AttemptEvent,
  BreakerEvent,
  DeferredEvent,
  FailedEvent,
  LifecycleEvent,
  LimitedEvent,
  QueuedEvent,
  RetryEvent,
  SentEvent,
  SkippedEvent,
} from './core/events.ts'
export type { SkipReason } from './core/skipped.ts'
export type {
  DeadAddress,
  IdempotencyStore,
  KeyClaim,
  KeyState,
  LimitStore,
  MaybePromise,
  Place,
  Rate,
  RecipientLimit,
  SuppressionStore,
} from './core/stores.ts'
export type { AttemptFacts, Ending, SendFacts, Tracer } from './core/tracer.ts'
export type { Certainty, Failure, FailureCode } from './core/failures.ts'
export { Notifier } from './core/notifier.ts'
export type { AnyNotifier, InputOf, ReceiptOf } from './core/notifier.ts'
export { failover, roundRobin, weighted } from './core/strategies.ts'
export type { Weighted } from './core/strategies.ts'
export type { Composite, InputOfAll } from './core/composite.ts'
export type { StandardSchema } from './core/standard-schema.ts'
