/** Puts messages of one template together for a moment, so that up to 100 of them go to Aliyun in one call. */
import type { Clock, Timer } from '../../core/clock.ts'
import type { DeliveryContext } from '../../core/delivery.ts'
import { NotifyError } from '../../core/errors.ts'
import { Batch, type BatchInit } from './aliyun-batch-call.ts'
import type { AliyunReceipt } from './aliyun-fields.ts'
import type { AliyunMessage } from './aliyun-message.ts'

/** What SendBatchSms takes. */
const MAX_MESSAGES = 100

/** From the first message on; time enough for a loop over `sendMany` to come round, in milliseconds. */
const WINDOW_MS = 5

interface Collecting {
  readonly batch: Batch
  readonly timer: Timer
}

/**
 * Whether the message may share a call. Codes may not: Aliyun sends batches late. Nor may a message with a reference
 * of its own, because a call has only one.
 */
export function mayShareCall({ kind, outId }: AliyunMessage, { isBulk }: DeliveryContext): boolean {
  return isBulk && kind !== 'verification' && outId === undefined
}

export class Batches {
  readonly #init: BatchInit
  readonly #clock: Clock
  /** Those that are not sent yet, by what the messages of a call must have in common. */
  readonly #collecting = new Map<string, Collecting>()

  constructor(init: BatchInit, clock: Clock) {
    this.#init = init
    this.#clock = clock
  }

  deliver(message: AliyunMessage, context: DeliveryContext): Promise<AliyunReceipt> {
    const key = keyOf(message)
    // Nobody knows what Aliyun makes of one number twice in a call.
    if (this.#collecting.get(key)?.batch.has(message)) this.#send(key)
    const { batch } = this.#collecting.get(key) ?? this.#begin(key)
    const receipt = batch.add(message, context)
    if (batch.size >= MAX_MESSAGES) this.#send(key)
    return receipt
  }

  /** Sends no more of what is being collected. */
  close(): void {
    for (const { batch, timer } of this.#collecting.values()) {
      timer.cancel()
      batch.fail(new NotifyError('CLOSED', 'Closed before the message was written', { delivery: 'not_sent' }))
    }
    this.#collecting.clear()
  }

  #begin(key: string): Collecting {
    const timer = this.#clock.setTimeout(() => this.#send(key), WINDOW_MS)
    const collecting = { batch: new Batch(this.#init), timer }
    this.#collecting.set(key, collecting)
    return collecting
  }

  #send(key: string): void {
    const collecting = this.#collecting.get(key)
    this.#collecting.delete(key)
    collecting?.timer.cancel()
    void collecting?.batch.run()
  }
}

/** Aliyun takes one template per call, for numbers of one region; the extension codes of all or of none. */
function keyOf({ templateCode, phone, smsUpExtendCode }: AliyunMessage): string {
  return `${templateCode}/${phone.region}/${smsUpExtendCode === undefined ? 'plain' : 'extended'}`
}
