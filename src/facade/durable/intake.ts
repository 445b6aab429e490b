/** Takes deliveries into the outbox: checked first, so that nothing is kept that could never be sent. */
import { Delivery } from '../../core/delivery.ts'
import type { Emit } from '../../core/events.ts'
import { orderedId } from '../../core/ordered-id.ts'
import type { Outbox } from '../../core/outbox.ts'
import { Skipped } from '../../core/skipped.ts'
import { mismatch } from '../../pipeline/idempotency.ts'
import type { Run } from '../../pipeline/compose.ts'
import { KEY_TTL_MS } from '../lines.ts'
import type { Settings } from '../options.ts'
import type { EnqueueResult } from '../result.ts'
import { endOf, failedOf, toldOf } from '../telling.ts'
import { readEnqueueOptions, type EnqueueOptions } from './enqueue-options.ts'
import { fingerprintIn, writeJob } from './stored-job.ts'

export interface IntakeInit {
  readonly settings: Settings
  readonly emit: Emit | undefined
  /** @throws {NotifyError} where nothing can be sent on the channel */
  readonly admitOf: (channel: string) => Run
  /** Resolves once it is open. */
  readonly outbox: () => Promise<Outbox>
}

export interface Letter {
  readonly channel: string
  readonly message: unknown
  readonly options: EnqueueOptions
}

export class Intake {
  readonly #init: IntakeInit

  constructor(init: IntakeInit) {
    this.#init = init
  }

  /** Never rejects. */
  async enqueue(letter: Letter): Promise<EnqueueResult> {
    const { settings, emit } = this.#init
    const { channel, message } = letter
    const { deadlineMs, attemptTimeoutMs, clock } = settings
    const id = orderedId(clock.now())
    const delivery = new Delivery({ id, channel, message, deadlineMs, attemptTimeoutMs })
    try {
      const isNew = await this.#keep(delivery, letter)
      const told = toldOf(delivery, letter.channel, settings)
      if (isNew) emit?.({ type: 'queued', id: told.id, channel: told.channel, at: settings.clock.now() })
      return { status: 'queued', ...told }
    } catch (cause) {
      const result = failedOf(toldOf(delivery, letter.channel, settings), cause)
      if (!delivery.duplicateOf) emit?.(endOf(result, settings.clock.now()))
      return result
    }
  }

  /** @returns whether it is a delivery of its own; of a duplicate `duplicateOf` tells */
  async #keep(delivery: Delivery, { channel, message, options }: Letter): Promise<boolean> {
    const { settings, admitOf, outbox } = this.#init
    const { id } = delivery
    const now = settings.clock.now()
    const { idempotencyKey, expiresAt, runAt, priority, transaction } = readEnqueueOptions(options, now)
    await admitOf(channel)(delivery)
    if (expiresAt !== undefined && expiresAt <= Math.max(now, runAt ?? now)) throw new Skipped('expired')
    const payload = writeJob({ message, idempotencyKey, expiresAt, dueAt: Math.max(now, runAt ?? now) })
    const job = { id, channel, payload, runAt, priority, ...keyOf(channel, idempotencyKey, settings) }
    const engine = await outbox()
    const [answer] = await engine.enqueue([job], transaction === undefined ? {} : { transaction })
    if (!answer || answer.status === 'accepted') return true
    delivery.duplicateOf = { id: answer.id, attempts: [] }
    const first = await engine.get(answer.id)
    if (first && fingerprintIn(first.payload) !== fingerprintIn(payload)) throw mismatch()
    return false
  }
}

/** A key belongs to its channel. */
function keyOf(channel: string, key: string | undefined, { idempotency }: Settings) {
  if (key === undefined || !idempotency) return {}
  return { key: JSON.stringify([channel, key]), keyTtlMs: idempotency.ttlMs ?? KEY_TTL_MS }
}
