/** A channel that lives in the process: what a user's own driver looks like, and a way to watch the facade alone. */
import { z } from 'zod'
import { Notifier, NotifyError, type DeliveryContext, type Receipt } from '../../src/index.ts'

const memoryMessage = z.strictObject({ to: z.string().min(1), text: z.string().min(1).default('hello') })
type MemoryInput = z.input<typeof memoryMessage>
type MemoryMessage = z.output<typeof memoryMessage>

export interface MemoryReceipt extends Receipt {
  readonly at: number
}

type Deliver = (message: MemoryMessage, context: DeliveryContext) => Promise<MemoryReceipt>

export class MemoryNotifier extends Notifier<MemoryInput, MemoryMessage, MemoryReceipt> {
  readonly provider = 'memory'
  readonly sent: MemoryMessage[] = []
  readonly closed: number[] = []
  protected readonly schema = memoryMessage
  readonly #deliver: Deliver

  constructor(deliver: Deliver = (_, { id }) => Promise.resolve({ providerId: id, at: 1 })) {
    super()
    this.#deliver = deliver
  }

  override close(): Promise<void> {
    this.closed.push(1)
    return Promise.resolve()
  }

  override recipients({ to }: MemoryMessage): readonly string[] {
    return [to]
  }

  override redirected(message: MemoryMessage, to: string): MemoryMessage {
    return { ...message, to }
  }

  protected async deliver(message: MemoryMessage, context: DeliveryContext): Promise<MemoryReceipt> {
    const receipt = await this.#deliver(message, context)
    this.sent.push(message)
    return receipt
  }

  protected override secrets(message?: MemoryMessage): string[] {
    return ['TOP-SECRET-KEY', ...(message ? [message.to] : [])]
  }

  protected toError(cause: unknown): NotifyError {
    return new NotifyError('DRIVER_FAILED', `Memory failed: ${String(cause)}`, { cause })
  }
}
