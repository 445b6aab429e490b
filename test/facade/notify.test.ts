import { expect, it } from 'vitest'
import { z } from 'zod'
import { createNotify, Notifier, NotifyError, type DeliveryContext } from '../../src/index.ts'

class Memory extends Notifier<{ to: string }> {
  readonly provider = 'memory'
  readonly sent: unknown[] = []
  protected readonly schema = z.strictObject({ to: z.string().min(1) })

  protected deliver(message: { to: string }, context: DeliveryContext) {
    this.sent.push(message)
    return Promise.resolve({ providerId: context.id })
  }

  protected toError(cause: unknown) {
    return new NotifyError('DRIVER_FAILED', 'Memory failed', { cause })
  }
}

it('sends through the driver registered under the name', async () => {
  const memory = new Memory()
  const notify = createNotify({ channels: { memory } })

  const result = await notify.send('memory', { to: 'someone' })

  expect(result).toMatchObject({ status: 'sent', channel: 'memory', provider: 'memory', attempts: [{}] })
  expect(memory.sent).toEqual([{ to: 'someone' }])
})
