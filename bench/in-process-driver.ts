/** A driver that accepts everything at once: what is left is the cost of the SDK itself. */
import { z } from 'zod'
import { Notifier, NotifyError, type DeliveryContext, type Receipt } from '../src/index.ts'

export interface Note {
  readonly to: string
}

export class InProcess extends Notifier<Note> {
  readonly provider = 'in-process'
  protected readonly schema = z.strictObject({ to: z.string().min(1) })

  deliver(_message: Note, { id }: DeliveryContext): Promise<Receipt> {
    return Promise.resolve({ providerId: id })
  }

  protected toError(cause: unknown): NotifyError {
    return new NotifyError('DRIVER_FAILED', 'failed', { cause })
  }
}
