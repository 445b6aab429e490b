/** A driver in sandbox mode: it reads messages as ever, and sends them to the sandbox's fake of its provider. */
import type { Clock } from '../../core/clock.ts'
import type { Attempt, DeliveryContext, Receipt } from '../../core/delivery.ts'
import { NotifyError } from '../../core/errors.ts'
import type { AnyNotifier } from '../../core/notifier.ts'
import { StandIn, standingIn } from '../stand-in.ts'
import type { SandboxLink } from './link.ts'
import type { TracedDeliveries } from './traced-deliveries.ts'

export interface SandboxBench {
  readonly link: SandboxLink
  readonly traced: TracedDeliveries
  readonly clock: Clock
}

class SandboxedDriver extends StandIn {
  readonly #bench: SandboxBench
  #standIn: Promise<AnyNotifier> | undefined

  constructor(real: AnyNotifier, bench: SandboxBench) {
    super(real)
    this.#bench = bench
    if (real.lookUp) this.lookUp = async (...asked) => (await this.#found()).lookUp?.(...asked)
  }

  override async send(message: unknown, attempt: Attempt): Promise<Receipt> {
    const { clock, traced } = this.#bench
    const startedAt = clock.now()
    const standIn = await this.#found()
    const tell = (providerId?: string) => {
      const recipients = this.real.recipients?.(message) ?? []
      const id = providerId === undefined ? {} : { providerId }
      traced.attempted(attempt.id, {
        provider: this.provider,
        recipients,
        startedAt,
        endedAt: clock.now(),
        ...id,
      })
    }
    try {
      const receipt = await standIn.send(message, attempt)
      tell(receipt.providerId)
      if (standIn === this.real) await this.#capture(message, attempt, receipt)
      return receipt
    } catch (cause) {
      tell()
      if (standIn === this.real) await this.#capture(message, attempt, cause as NotifyError)
      throw cause
    }
  }

  override async verify(attempt: Attempt): Promise<boolean> {
    return (await this.#found()).verify(attempt)
  }

  override explain(cause: unknown): NotifyError {
    return this.real.explain(cause)
  }

  override async close(): Promise<void> {
    const standIn = await this.#standIn?.catch(() => undefined)
    if (standIn && standIn !== this.real) await standIn.close()
    await this.real.close()
  }

  protected deliver(): Promise<Receipt> {
    throw new NotifyError('DRIVER_FAILED', 'Messages go by send', { delivery: 'not_sent' })
  }

  protected toError(cause: unknown): NotifyError {
    return this.real.explain(cause)
  }

  /** What was delivered within this process passed no fake: the inbox is told of it. */
  async #capture(message: unknown, context: DeliveryContext, end: Receipt | NotifyError): Promise<void> {
    const rendered = await this.real.render?.(message, context)
    const { provider } = this
    const told = NotifyError.isNotifyError(end)
      ? { refusal: end.provider?.code ?? end.code }
      : { receipt: end }
    this.#bench.link.report('/api/captures', { provider, rendered, ...told })
  }

  #found(): Promise<AnyNotifier> {
    this.#standIn ??= this.#open().catch((cause: unknown) => {
      this.#standIn = undefined
      throw cause
    })
    return this.#standIn
  }

  async #open(): Promise<AnyNotifier> {
    const isOurs = this.real.inSandbox?.({}) === this.real
    return isOurs ? this.real : this.#elsewhere(await this.#bench.link.settingsFor(this.provider))
  }

  #elsewhere(settings: Readonly<Record<string, unknown>>): AnyNotifier {
    const standIn = this.real.inSandbox?.(settings)
    if (standIn) return standIn
    throw new NotifyError('INVALID_CONFIG', `The driver of ${this.provider} cannot be used in sandbox mode`)
  }
}

/** The same channels in sandbox mode. */
export function sandboxedChannels(
  channels: ReadonlyMap<string, AnyNotifier>,
  bench: SandboxBench,
): ReadonlyMap<string, AnyNotifier> {
  const standInOf = standingIn((real) => new SandboxedDriver(real, bench))
  return new Map([...channels].map(([name, real]) => [name, standInOf(real)]))
}
