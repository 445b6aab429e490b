/** A driver with its last step replaced: it reads and renders like the real one, then keeps the message. */
import type { Clock } from '../core/clock.ts'
import type { DeliveryContext, Receipt } from '../core/delivery.ts'
import { changed, NotifyError } from '../core/errors.ts'
import { Notifier, type AnyNotifier } from '../core/notifier.ts'
import { leavesOf } from '../facade/limit-options.ts'
import { StandIn, standingIn } from '../facade/stand-in.ts'
import { canHold } from './fake-clock.ts'
import type { AnyCaptured, Mailbox } from './mailbox.ts'

export interface FakeBench {
  readonly mailbox: Mailbox
  readonly clock: Clock | undefined
  /** Whether closing the fakes closes the real drivers. */
  readonly ownsDrivers: boolean
  readonly receiptOf: (captured: AnyCaptured) => Receipt
}

/** What a driver keeps for its base class. */
interface Inner {
  secrets(message?: unknown): Iterable<string>
  toError(cause: unknown, message?: unknown): NotifyError
}

class FakeDriver extends StandIn {
  /** Those it serves. */
  readonly channels: string[] = []
  readonly #inner: Inner
  readonly #bench: FakeBench

  constructor(real: AnyNotifier, bench: FakeBench) {
    super(real)
    this.#inner = real as unknown as Inner
    this.#bench = bench
    if (real.lookUp) this.lookUp = async (_, { id }) => this.#captured(id)
  }

  override parse(input: unknown): unknown {
    const message = super.parse(input)
    this.#bench.mailbox.remember(message, input)
    return message
  }

  /** Asks nobody; fails where the test told a channel to fail for good. */
  override async verify(): Promise<boolean> {
    const failure = this.#bench.mailbox.lastingFailure(this.channels)
    await Promise.resolve()
    if (failure) throw changed(failure, { delivery: 'not_sent' })
    return true
  }

  override async close(): Promise<void> {
    if (this.#bench.ownsDrivers) await this.real.close()
  }

  protected async deliver(message: unknown, context: DeliveryContext): Promise<Receipt> {
    const { mailbox, receiptOf } = this.#bench
    const rendered = await this.#rendered(message, context)
    if (context.signal.aborted) throw changed(context.signal.reason as NotifyError, { delivery: 'not_sent' })
    const channel = mailbox.channelOf(context.id, this.channels)
    const failure = mailbox.failuresOf(channel).take()
    if (failure) throw failure
    const { provider } = this
    return receiptOf(mailbox.capture(channel, { provider, message, rendered }, context))
  }

  /** What the mailbox has of a delivery is what a provider would have accepted. */
  #captured(id: string): Promise<Receipt | undefined> {
    const { mailbox, receiptOf } = this.#bench
    const captured = mailbox.captured.find((one) => one.id === id)
    return Promise.resolve(captured && receiptOf(captured))
  }

  /** Files and packages are read in the machine's time, which a fake clock knows nothing of. */
  #rendered(message: unknown, context: DeliveryContext): Promise<unknown> {
    const { clock } = this.#bench
    const rendering = this.real.render?.(message, context)
    return rendering && canHold(clock) ? clock.hold(rendering) : Promise.resolve(rendering)
  }

  protected override secrets(message?: unknown): Iterable<string> {
    return this.#inner.secrets(message)
  }

  protected toError(cause: unknown, message?: unknown): NotifyError {
    return this.#inner.toError(cause, message)
  }
}

/** The same channels over fake drivers. What is no driver is left as it is. */
export function fakeChannels(channels: object, bench: FakeBench): Record<string, unknown> {
  const fakeOf = standingIn((real) => new FakeDriver(real, bench))
  const entries = Object.entries(channels).map(([name, real]: [string, unknown]) => {
    if (!Notifier.isNotifier(real)) return [name, real] as const
    const fake = fakeOf(real)
    for (const leaf of leavesOf(fake)) if (leaf instanceof FakeDriver) leaf.channels.push(name)
    return [name, fake] as const
  })
  return Object.fromEntries(entries)
}
