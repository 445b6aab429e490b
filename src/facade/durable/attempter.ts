/** Attempts what is in the outbox: one lease, one attempt, and what follows from how it ended. */
import { Delivery, type Receipt } from '../../core/delivery.ts'
import { NotifyError } from '../../core/errors.ts'
import type { Emit, LifecycleEvent } from '../../core/events.ts'
import {
  JobCancelled,
  type JobConsumer,
  type JobOutcome,
  type JobWorker,
  type LeasedJob,
} from '../../core/outbox.ts'
import { Skipped } from '../../core/skipped.ts'
import type { Run } from '../../pipeline/compose.ts'
import { doubtSince, readStory, writeStory, type Story } from '../../pipeline/story.ts'
import { verdictOf, type Next } from '../../pipeline/verdict.ts'
import type { InFlight } from '../in-flight.ts'
import type { Settings } from '../options.ts'
import type { SendResult } from '../result.ts'
import { sendTraced } from '../send-traced.ts'
import { endOf, failedOf, toldOf } from '../telling.ts'
import type { OnUnknown, OutboxSettings } from './options.ts'
import { readJob, type StoredJob } from './stored-job.ts'
import { continued, openError, told } from './story-of-job.ts'

export interface AttempterInit {
  readonly settings: Settings
  readonly outbox: OutboxSettings
  readonly inFlight: InFlight
  readonly emit: Emit | undefined
  readonly attemptOf: (channel: string) => Run
}

/** The longest that a whole channel waits before one delivery asks again, in milliseconds. */
const MAX_THROTTLE_MS = 60_000

/** One attempt of one job. */
interface Try {
  readonly job: LeasedJob
  readonly stored: StoredJob
  readonly story: Story
}

export class Attempter {
  readonly #init: AttempterInit
  /** What is to be told once an outcome is kept. */
  readonly #news = new WeakMap<JobOutcome, LifecycleEvent>()

  constructor(init: AttempterInit) {
    this.#init = init
  }

  workerOf(channel: string, consumer: () => JobConsumer): JobWorker {
    const { outbox, inFlight, emit } = this.#init
    return {
      concurrency: outbox.concurrencyOf(channel),
      run: async (job) => {
        inFlight.enter()
        try {
          return await this.#run(job, consumer)
        } finally {
          inFlight.leave()
        }
      },
      settled: (_job, outcome) => {
        const news = emit && this.#news.get(outcome)
        if (news) emit(news)
      },
    }
  }

  async #run(job: LeasedJob, consumer: () => JobConsumer): Promise<JobOutcome> {
    const { outbox, settings } = this.#init
    let stored: StoredJob
    try {
      stored = readJob(job.payload)
    } catch (cause) {
      return this.#ended({ job, story: readStory(job.record) }, failedOf(this.#told(job), cause))
    }
    const provider = settings.channels.get(job.channel)?.provider ?? ''
    const story = continued(job, { provider, dueAt: stored.dueAt, now: settings.clock.now() })
    const isHeld = doubtSince(story) !== undefined && this.#onUnknownOf(job.channel) === 'hold'
    const error = openError(story)
    if (error && (isHeld || job.attempt > outbox.schedule.tries)) {
      return this.#ended({ job, story }, failedOf(this.#told(job), error))
    }
    return this.#attempt({ job, stored, story }, consumer)
  }

  async #attempt(one: Try, consumer: () => JobConsumer): Promise<JobOutcome> {
    const { job, stored, story } = one
    const { channel, id } = job
    const { settings } = this.#init
    const attempts = [...story.attempts]
    const triedAt = doubtSince(story)
    const { deadlineMs, attemptTimeoutMs } = settings
    const { message, idempotencyKey, expiresAt } = stored
    const limits = { expiresAt, deadlineMs, attemptTimeoutMs }
    const delivery = new Delivery({ id, channel, message, idempotencyKey, attempts, triedAt, ...limits })
    const about = { id, channel, isBulk: false }
    const result = await sendTraced(about, settings, () => this.#carry(delivery, job))
    const after = told(story, delivery, settings.clock.now())
    const wasTried = attempts.length > story.attempts.length
    if (result.status !== 'failed') return this.#ended({ job, story: after }, result)
    if (job.signal.aborted && job.signal.reason instanceof JobCancelled) {
      return this.#cancelled({ job, story: after }, result)
    }
    const verdict = verdictOf(result.error, {
      ...{ attempt: job.attempt, wasTried, schedule: this.#init.outbox.schedule },
      onUnknown: this.#onUnknownOf(channel),
      leftMs: this.#leftMs(stored, story),
    })
    if (!('delayMs' in verdict)) return this.#ended({ job, story: after }, result)
    if (verdict.isForAll) consumer().throttle(Math.min(verdict.delayMs, MAX_THROTTLE_MS))
    return this.#later({ job, story: after }, { ...verdict, error: result.error })
  }

  /** Never rejects. */
  async #carry(delivery: Delivery, { signal }: LeasedJob): Promise<SendResult> {
    const { settings, attemptOf } = this.#init
    const abort = () => delivery.abort(new NotifyError('ABORTED', 'The delivery was taken from this worker'))
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    let receipt: Receipt
    try {
      receipt = await attemptOf(delivery.channel)(delivery)
    } catch (cause) {
      return failedOf(toldOf(delivery, delivery.channel, settings), cause)
    } finally {
      signal.removeEventListener('abort', abort)
    }
    return { status: 'sent', ...toldOf(delivery, delivery.channel, settings), receipt }
  }

  #told({ id, channel }: LeasedJob) {
    const known = { id, attempts: [], duplicateOf: undefined, isRedirected: false }
    return toldOf(known, channel, this.#init.settings)
  }

  /** How long it may still wait, in milliseconds. */
  #leftMs({ expiresAt = Number.POSITIVE_INFINITY, dueAt }: StoredJob, { since = dueAt }: Story): number {
    const { settings, outbox } = this.#init
    return Math.min(expiresAt, since + outbox.schedule.giveUpAfterMs) - settings.clock.now()
  }

  /** What the caller says counts more than what the driver says, and both less than what the provider can tell. */
  #onUnknownOf(channel: string): OnUnknown | 'ask' {
    const { outbox, settings } = this.#init
    const notifier = settings.channels.get(channel)
    if (notifier?.lookUp) return 'ask'
    if (notifier?.deduplicates) return 'retry'
    return outbox.onUnknownOf(channel) ?? notifier?.onUnknown ?? 'hold'
  }

  #cancelled(on: Pick<Try, 'job' | 'story'>, result: SendResult): JobOutcome {
    const isOpen = result.status === 'failed' && result.error.delivery === 'unknown'
    const end = isOpen ? result : failedOf(this.#told(on.job), new Skipped('cancelled'))
    return this.#ended(on, end)
  }

  #ended({ job, story }: Pick<Try, 'job' | 'story'>, result: SendResult): JobOutcome {
    const record = writeStory({ ...story, counted: job.attempt, end: endIn(result) })
    return this.#noted({ type: typeOf(result), record }, endOf(result, this.#init.settings.clock.now()))
  }

  #later(
    { job, story }: Pick<Try, 'job' | 'story'>,
    next: Next & { readonly error: NotifyError },
  ): JobOutcome {
    const { type, error } = next
    const delayMs = Math.ceil(next.delayMs)
    const at = this.#init.settings.clock.now()
    const counted = type === 'retry' ? job.attempt : job.attempt - 1
    const waits = [...story.waits, { at, ms: delayMs, error }]
    const { id, channel } = job
    const outcome = { type, delayMs, record: writeStory({ ...story, waits, counted }) }
    const news = type === 'retry' ? ('retry' as const) : ('deferred' as const)
    return this.#noted(outcome, { type: news, id, channel, at, delayMs, error })
  }

  #noted(outcome: JobOutcome, news: LifecycleEvent): JobOutcome {
    if (this.#init.emit) this.#news.set(outcome, news)
    return outcome
  }
}

function typeOf(result: SendResult): 'done' | 'dead' | 'unknown' | 'cancelled' {
  if (result.status === 'skipped') return result.reason === 'cancelled' ? 'cancelled' : 'done'
  if (result.status === 'sent') return 'done'
  return result.error.delivery === 'unknown' ? 'unknown' : 'dead'
}

function endIn(result: SendResult): NonNullable<Story['end']> {
  switch (result.status) {
    case 'sent':
      return { status: 'sent', receipt: result.receipt }
    case 'skipped':
      return { status: 'skipped', reason: result.reason }
    case 'failed':
      return { status: result.error.delivery === 'unknown' ? 'unknown' : 'failed', error: result.error }
  }
}
