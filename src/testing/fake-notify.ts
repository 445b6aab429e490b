/** A Notify for tests: everything is as in production but the last step, and every test can have one of its own. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { systemClock } from '../core/clock.ts'
import type { Receipt } from '../core/delivery.ts'
import type { LifecycleEvent } from '../core/events.ts'
import { Notifier, type InputOf, type ReceiptOf } from '../core/notifier.ts'
import { invalid } from '../core/parse.ts'
import type { SendManyOptions, Source } from '../facade/bulk-options.ts'
import type { EnqueueOptions } from '../facade/durable/enqueue-options.ts'
import { isOutbox, issuesOfOutbox, type OutboxOptions } from '../facade/durable/options.ts'
import type { OutboxDesk } from '../facade/durable/outbox-desk.ts'
import type { DeliveryStatus } from '../facade/durable/status.ts'
import { unknownChannel } from '../facade/failures.ts'
import { Notify } from '../facade/notify.ts'
import type { CloseOptions, SendOptions, VerifyOptions } from '../facade/call-options.ts'
import type { Channels, NotifyOptions } from '../facade/options.ts'
import type { BulkResult, EnqueueResult, ProviderHealth, SendResult, VerifyResult } from '../facade/result.ts'
import type { Captured, CapturedOn } from './captured.ts'
import { fakeChannels, type FakeBench } from './fake-driver.ts'
import { failureFrom, type FakeFailure } from './fake-failures.ts'
import { memoryOutbox } from './memory-outbox.ts'
import { Mailbox, type AnyCaptured, type Unsent } from './mailbox.ts'

export interface FakeNotifyOptions<C extends Channels> extends NotifyOptions<C> {
  /**
   * What the receipts of a channel say, for apps that read more of them than the `providerId`.
   * @default a providerId that is unique
   */
  readonly receipts?: { readonly [K in keyof C & string]?: (sent: Captured<K, C[K]>) => ReceiptOf<C[K]> }
}

/** One mailbox with circuits, limits and idempotency keys of its own. */
interface Place<C extends Channels> {
  mailbox: Mailbox
  notify: Notify<C>
}

/** What a mailbox holds, as failed expectations tell it. */
export interface MailboxReport {
  readonly channels: readonly string[]
  readonly captured: readonly AnyCaptured[]
  readonly unsent: readonly Unsent[]
  /** How many calls of `send` and `sendMany` have not ended, on one channel or on all. */
  readonly underWay: (channel?: string) => number
  /** What was sent outside of the isolated test that asks. */
  readonly outside: readonly AnyCaptured[]
}

/** Where matchers, of any copy of this package, find the report; only a FakeNotify has it. */
export const REPORT = Symbol.for('notiwire.FakeNotify.report')

export class FakeNotify<C extends Channels> extends Notify<C> {
  readonly #options: FakeNotifyOptions<C>
  readonly #isolation = new AsyncLocalStorage<Place<C>>()
  /** Every Notify that may still be in use, so that closing ends them all. */
  readonly #made = new Set<WeakRef<Notify<C>>>()
  readonly #unused = new FinalizationRegistry<WeakRef<Notify<C>>>((made) => this.#made.delete(made))
  readonly #shared: Place<C>
  #receipts = 0
  #isClosed = false

  /** @throws {NotifyError} INVALID_CONFIG, naming every wrong option */
  constructor(options: FakeNotifyOptions<C>) {
    // Never sends: every method below hands over to the Notify of the test that calls it.
    const bench = { ...NO_BENCH, mailbox: new Mailbox(systemClock), ownsDrivers: true }
    super({ ...overFakes(options, bench), outbox: undefined })
    this.#options = options
    this.#shared = this.#newPlace()
  }

  /** True for what any copy of this package made. */
  static isFakeNotify(value: unknown): value is FakeNotify<Channels> {
    return typeof value === 'object' && value !== null && REPORT in value
  }

  /** What was sent, oldest first: in this test where it is isolated, otherwise outside of all isolated ones. */
  sent(): readonly CapturedOn<C>[]
  /** @throws {NotifyError} UNKNOWN_CHANNEL */
  sent<K extends keyof C & string>(channel: K): readonly Captured<K, C[K]>[]
  sent(channel?: string): readonly unknown[] {
    if (channel !== undefined) this.#assertChannel(channel)
    const { captured } = this.#place.mailbox
    return captured.filter((one) => channel === undefined || one.channel === channel)
  }

  /**
   * Makes the next try on the channel fail; told twice, the next two, in order. A failure that may pass is tried
   * again, as in production. The failure belongs to this test, where it is isolated.
   * @throws {NotifyError} UNKNOWN_CHANNEL; INVALID_CONFIG, where there is no such failure
   */
  failNext(channel: keyof C & string, failure: FakeFailure): void {
    this.failWith(channel, failure, { times: 1 })
  }

  /**
   * Makes every try on the channel fail until {@link clear}, or the next `times` tries; `notify.verify()` fails
   * too while every try does.
   * @throws {NotifyError} UNKNOWN_CHANNEL; INVALID_CONFIG, where there is no such failure or `times` is no number
   */
  failWith(
    channel: keyof C & string,
    failure: FakeFailure,
    { times }: { readonly times?: number | undefined } = {},
  ): void {
    this.#assertChannel(channel)
    if (times !== undefined && !(Number.isInteger(times) && times > 0)) {
      throw invalid('INVALID_CONFIG', [{ path: 'times', message: 'expected a whole number of 1 or more' }])
    }
    this.#place.mailbox.failuresOf(channel).tell(failureFrom(failure), times)
  }

  /**
   * Begins anew: nothing sent, nothing told to fail, circuits closed, limits and idempotency keys free. What is
   * still under way is not seen any more. In an isolated test it is about that test only.
   */
  clear(): void {
    Object.assign(this.#place, this.#newPlace())
  }

  /**
   * The same function, with a mailbox of its own at every call: what it sends, and whatever it calls or starts,
   * is seen in it alone, and it sees nothing else. So are the failures it tells, the circuits, the limits and the
   * idempotency keys. Stores that are passed as options are shared, for they are not the fake's.
   */
  isolated<A extends unknown[], T>(body: (...args: A) => T): (...args: A) => T {
    const run = (...args: A): T => this.#isolation.run(this.#newPlace(), body, ...args)
    // Runners read a test's parameters: vitest for the fixtures it needs, jest for whether it waits for `done`.
    Object.defineProperty(run, 'length', { value: body.length })
    Object.defineProperty(run, 'toString', { value: () => body.toString() })
    return run
  }

  override send<K extends keyof C & string>(
    channel: K,
    message: InputOf<C[K]>,
    options?: SendOptions,
  ): Promise<SendResult<ReceiptOf<C[K]>>> {
    const { mailbox, notify } = this.#place
    const end = mailbox.begin(channel)
    return notify.send(channel, message, options).finally(end)
  }

  override sendMany<K extends keyof C & string>(
    channel: K,
    source: Source<InputOf<C[K]>>,
    options?: SendManyOptions<InputOf<C[K]>>,
  ): AsyncGenerator<BulkResult<ReceiptOf<C[K]>>, void, undefined> {
    const { mailbox, notify } = this.#place
    return endedBy(notify.sendMany(channel, source, options), mailbox.begin(channel))
  }

  override enqueue<K extends keyof C & string>(
    channel: K,
    message: InputOf<C[K]>,
    options?: EnqueueOptions,
  ): Promise<EnqueueResult> {
    return this.#place.notify.enqueue(channel, message, options)
  }

  override status(id: string): Promise<DeliveryStatus | undefined> {
    return this.#place.notify.status(id)
  }

  override cancel(id: string): Promise<'cancelled' | 'signalled' | 'gone'> {
    return this.#place.notify.cancel(id)
  }

  /** Of an outbox in memory: what is enqueued is delivered to the mailbox soon after. */
  override get outbox(): OutboxDesk {
    return this.#place.notify.outbox
  }

  /** Asks nobody. `ok`, unless a channel was told to fail for good. */
  override verify(options?: VerifyOptions): Promise<{ [K in keyof C]: VerifyResult }> {
    return this.#place.notify.verify(options)
  }

  override health(): { [K in keyof C]: readonly ProviderHealth[] } {
    return this.#place.notify.health()
  }

  /** Closes the drivers too. In an isolated test it ends only what that test may send. */
  override async close(options?: CloseOptions): Promise<void> {
    const own = this.#isolation.getStore()
    if (own) return own.notify.close(options)
    this.#isClosed = true
    const closings = Array.from(this.#made, (made) => made.deref()?.close(options) ?? Promise.resolve())
    await Promise.all(closings)
    await super.close(options)
  }

  get #place(): Place<C> {
    return this.#isolation.getStore() ?? this.#shared
  }

  /** For the texts of failed expectations. */
  [REPORT](): MailboxReport {
    const { mailbox } = this.#place
    const { captured, unsent } = mailbox
    const underWay = (channel?: string) => mailbox.underWay(channel)
    const isIsolated = this.#isolation.getStore() !== undefined
    const outside = isIsolated ? this.#shared.mailbox.captured : []
    return { channels: Object.keys(this.#options.channels), captured, unsent, underWay, outside }
  }

  #newPlace(): Place<C> {
    const { clock } = this.#options
    const mailbox = new Mailbox(clock ?? systemClock)
    const receiptOf = (captured: AnyCaptured) => this.#receiptOf(captured)
    const options = overFakes(this.#options, { mailbox, clock, ownsDrivers: false, receiptOf })
    const notify = new Notify(heardBy(mailbox, options))
    const made = new WeakRef(notify)
    this.#made.add(made)
    this.#unused.register(notify, made)
    if (this.#isClosed) void notify.close()
    return { mailbox, notify }
  }

  #receiptOf(captured: AnyCaptured): Receipt {
    this.#receipts += 1
    const receipts = this.#options.receipts as
      Readonly<Record<string, (sent: AnyCaptured) => Receipt>> | undefined
    return receipts?.[captured.channel]?.(captured) ?? { providerId: `fake-${this.#receipts}` }
  }

  #assertChannel(channel: string): void {
    const known = Object.keys(this.#options.channels)
    if (!known.includes(channel)) throw unknownChannel(channel, known)
  }
}

/**
 * A Notify that sends nothing. The drivers are your real ones: they check and render every message, so that what
 * cannot be sent fails here as it would in production; then it is kept, to be looked at with `sent()`. Waits
 * between tries are at most a few milliseconds, unless `retry.baseDelayMs` is given.
 * @throws {NotifyError} INVALID_CONFIG, naming every wrong option
 */
export function fakeNotify<const C extends Channels>(options: FakeNotifyOptions<C>): FakeNotify<C> {
  return new FakeNotify(options)
}

const NO_BENCH = { clock: undefined, receiptOf: () => ({ providerId: 'none' }) }

async function* endedBy<T>(results: AsyncGenerator<T, void, undefined>, end: () => void) {
  try {
    yield* results
  } finally {
    end()
  }
}

/** Wrong options are left as they are: Notify names them. */
function overFakes<C extends Channels>(options: FakeNotifyOptions<C>, bench: FakeBench): NotifyOptions<C> {
  const own: NotifyOptions<C> & { receipts?: unknown } = { ...options }
  delete own.receipts
  // Fakes send nothing to anybody already.
  delete (own as { sandbox?: unknown }).sandbox
  const { channels, retry = {}, outbox } = own
  const isGiven = Object(channels) === channels && !Notifier.isNotifier(channels)
  return {
    ...own,
    ...(isGiven && { channels: fakeChannels(channels, bench) as unknown as C }),
    ...(outbox !== undefined && { outbox: inMemory(outbox, bench) }),
    ...(typeof retry === 'object' && { retry: { baseDelayMs: 1, ...retry } }),
  }
}

/** The same policies over an outbox in memory. */
function inMemory(outbox: NotifyOptions<Channels>['outbox'], { clock }: FakeBench) {
  if (issuesOfOutbox(outbox, undefined).length > 0) return outbox
  const engine = memoryOutbox({ clock: clock ?? systemClock })
  const hasPolicies = typeof outbox === 'object' && isOutbox(outbox) !== undefined
  return { ...(hasPolicies && (outbox as OutboxOptions)), engine }
}

function heardBy<C extends Channels>(mailbox: Mailbox, options: NotifyOptions<C>): NotifyOptions<C> {
  const { hooks } = options
  const onEvent = (event: LifecycleEvent): unknown => {
    mailbox.hear(event)
    return hooks?.onEvent?.(event)
  }
  return { ...options, hooks: { ...hooks, onEvent } }
}
