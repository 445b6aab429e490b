/** Messages that go to Aliyun in one call, each of which may be given up on its own until its outcome is known. */
import { randomUUID } from 'node:crypto'
import type { DeliveryContext } from '../../core/delivery.ts'
import { changed, NotifyError } from '../../core/errors.ts'
import { bareError, redacted, scrubber } from '../../core/redact.ts'
import { notStarted } from '../../core/until-aborted.ts'
import { ofEach } from './aliyun-batch-refusal.ts'
import type { AliyunClient } from './aliyun-client.ts'
import { toBatchFields, toReceipt, type AliyunReceipt } from './aliyun-fields.ts'
import type { AliyunMessage } from './aliyun-message.ts'
import type { WireCall } from './wire.ts'

export interface BatchInit {
  readonly load: () => Promise<AliyunClient>
  /** By SendSms. */
  readonly sendOne: (message: AliyunMessage, context: DeliveryContext) => Promise<AliyunReceipt>
}

interface Member {
  readonly message: AliyunMessage
  readonly context: DeliveryContext
  readonly resolve: (receipt: AliyunReceipt | Promise<AliyunReceipt>) => void
  readonly reject: (cause: unknown) => void
  /** Listens to its signal no longer. */
  readonly forget: () => void
}

export class Batch {
  readonly #init: BatchInit
  /** Those whose outcome is open, by number. */
  readonly #members = new Map<string, Member>()
  #call: WireCall | undefined
  #controller = new AbortController()
  #hasInsisted = false

  constructor(init: BatchInit) {
    this.#init = init
  }

  get size(): number {
    return this.#members.size
  }

  has({ phone }: AliyunMessage): boolean {
    return this.#members.has(phone.digits)
  }

  add(message: AliyunMessage, context: DeliveryContext): Promise<AliyunReceipt> {
    const { signal } = context
    return new Promise<AliyunReceipt>((resolve, reject) => {
      const leave = () => this.#leave(member)
      const forget = () => signal.removeEventListener('abort', leave)
      const member = { message, context, resolve, reject, forget }
      if (signal.aborted) return reject(notStarted())
      signal.addEventListener('abort', leave, { once: true })
      this.#members.set(message.phone.digits, member)
    })
  }

  /** Sends what is in it. Never rejects: each message is told its own outcome. */
  async run(): Promise<void> {
    try {
      const client = await this.#init.load()
      while (this.size > 1) await this.#callOnce(client)
      this.#sendLast()
    } catch (cause) {
      this.fail(cause)
    }
  }

  /** Tells everybody whose outcome is open that this is it. */
  fail(cause: unknown): void {
    for (const { reject } of this.#takeAll()) reject(cause)
  }

  /** Ends with nobody left, unless the call was not written and is to be made anew. */
  async #callOnce(client: AliyunClient): Promise<void> {
    const messages = [...this.#members.values()].map(({ message }) => message)
    const outId = randomUUID()
    this.#controller = new AbortController()
    const call = { signal: this.#controller.signal, wasWritten: false }
    this.#call = call
    try {
      const receipt = toReceipt(await client.sendBatchSms(toBatchFields(messages, outId), call), outId)
      for (const { resolve } of this.#takeAll()) resolve(receipt)
    } catch (cause) {
      const isToBeMadeAnew = call.signal.aborted ? !call.wasWritten : this.#mayInsist(cause)
      if (!isToBeMadeAnew && this.size > 0) this.fail(told(cause, messages))
    }
  }

  /** Once: a broken connection told to each would pass for a hundred, and the provider for one that is down. */
  #mayInsist(cause: unknown): boolean {
    if (this.#hasInsisted || !isOutage(cause)) return false
    this.#hasInsisted = true
    return true
  }

  /** A batch of one is none: nobody else's outcome depends on it. */
  #sendLast(): void {
    const [last] = this.#takeAll()
    last?.resolve(this.#init.sendOne(last.message, last.context))
  }

  #leave(member: Member): void {
    this.#members.delete(member.message.phone.digits)
    const isWritten = this.#call?.wasWritten ?? false
    member.reject(isWritten ? mayBeSent() : notStarted())
    if (!isWritten || this.size === 0) this.#controller.abort()
  }

  #takeAll(): Member[] {
    const members = [...this.#members.values()]
    this.#members.clear()
    for (const { forget } of members) forget()
    return members
  }
}

function isOutage(cause: unknown): boolean {
  return NotifyError.isNotifyError(cause) && cause.code === 'UNAVAILABLE' && cause.delivery === 'not_sent'
}

/** Aliyun may quote anybody's number or values, also of those that have left. */
function told(cause: unknown, messages: readonly AliyunMessage[]): Error {
  const scrub = scrubber(messages.flatMap(({ phone, params }) => [phone.digits, ...Object.values(params)]))
  if (!NotifyError.isNotifyError(cause)) return bareError(cause, scrub)
  // It gets a stack of its own: to search the long one for hundreds of values would hold everybody up.
  const stackless = Object.defineProperty(changed(ofEach(cause, messages), {}), 'stack', { value: undefined })
  return redacted(stackless, scrub)
}

function mayBeSent(): NotifyError {
  return new NotifyError('ABORTED', 'Stopped after the call for several messages was written', {
    delivery: 'unknown',
  })
}
