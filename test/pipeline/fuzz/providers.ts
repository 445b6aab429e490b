/** Providers that do whatever providers do, by chance, and know which messages they accepted. */
import type { Clock } from '../../../src/core/clock.ts'
import {
  NotifyError,
  type DeliveryContext,
  type FailureCode,
  type NotifyErrorDetails,
} from '../../../src/index.ts'
import { Carrier } from '../carrier.ts'
import type { Chance } from './chance.ts'

/** What really happened. */
export interface Ledger {
  /** The id and the key of each acceptance. */
  readonly accepted: { readonly id: string; readonly key: string | undefined }[]
  /** Every time that a provider was asked. */
  readonly asked: { readonly provider: string; readonly id: string; readonly at: number }[]
}

interface Scene {
  readonly clock: Clock
  readonly chance: Chance
  readonly ledger: Ledger
}

const REPLY = { provider: { code: 'X1', message: 'no' } }

type Refusal = (chance: Chance) => readonly [FailureCode, NotifyErrorDetails]

const REFUSALS: readonly Refusal[] = [
  () => ['RECIPIENT_REJECTED', { ...REPLY, reason: 'invalid' }],
  () => ['CONTENT_REJECTED', REPLY],
  (chance) => [
    'UNAVAILABLE',
    { delivery: 'not_sent', retryAfterMs: chance.of(undefined, chance.under(500)) },
  ],
  (chance) => ['RATE_LIMITED', { ...REPLY, retryAfterMs: chance.of(undefined, chance.under(3_000)) }],
  (chance) => ['RATE_LIMITED', { ...REPLY, scope: 'recipient', retryAfterMs: chance.under(3_000) }],
  (chance) => [chance.of('UNAVAILABLE', 'UNAVAILABLE', 'UNAUTHORIZED'), { delivery: 'not_sent' }],
  (chance) => ['QUOTA_EXHAUSTED', { ...REPLY, retryAfterMs: chance.under(5_000) }],
]

export function provider(name: string, scene: Scene): Carrier {
  return new Carrier((_, context) => new Try(scene, name, context).run(), name)
}

class Try {
  readonly #scene: Scene
  readonly #context: DeliveryContext
  readonly #heedsAborts: boolean

  constructor(scene: Scene, name: string, context: DeliveryContext) {
    this.#scene = scene
    this.#context = context
    this.#heedsAborts = scene.chance.is(0.7)
    scene.ledger.asked.push({ provider: name, id: context.id, at: scene.clock.monotonic() })
  }

  async run(): Promise<void> {
    const { chance } = this.#scene
    const [wait, kind] = [chance.of(0, 0, 1, 20, 300, 900), chance.under(14)]
    if (kind >= 7) {
      await this.#pass(wait, 'not_sent')
      await this.#answer(kind)
      return
    }
    await this.#pass(wait, 'not_sent')
    const [code, details] = REFUSALS[Math.floor(kind)]?.(chance) ?? ['CONTENT_REJECTED', {}]
    throw new NotifyError(code, 'no', details)
  }

  async #answer(kind: number): Promise<void> {
    const { chance } = this.#scene
    if (kind >= 13) return this.#pass(Infinity, 'not_sent')
    const isBroken = kind >= 12
    if (!isBroken || chance.is(0.5)) this.#accept()
    if (isBroken) throw new NotifyError('UNAVAILABLE', 'broke off', { delivery: 'unknown' })
    if (kind >= 11) return this.#pass(chance.of(Infinity, chance.under(3_000)), 'unknown')
  }

  #accept(): void {
    const { id, idempotencyKey: key } = this.#context
    this.#scene.ledger.accepted.push({ id, key })
  }

  /** Stops where the try is aborted and this driver heeds that, and says then what it knows of the message. */
  #pass(ms: number, delivery: 'not_sent' | 'unknown'): Promise<void> {
    const { signal } = this.#context
    return new Promise((resolve, reject) => {
      const timer = ms < Infinity ? this.#scene.clock.setTimeout(resolve, ms) : undefined
      if (!this.#heedsAborts) return
      const stop = () => {
        timer?.cancel()
        reject(new NotifyError('ABORTED', 'stopped', { delivery }))
      }
      if (signal.aborted) stop()
      signal.addEventListener('abort', stop, { once: true })
    })
  }
}
