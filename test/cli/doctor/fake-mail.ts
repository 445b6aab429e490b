/** A driver as a user would write it: it says neither where it connects to nor whether its credentials hold. */
import { NotifyError } from '../../../src/core/errors.ts'
import { Notifier } from '../../../src/core/notifier.ts'
import type { StandardSchema } from '../../../src/core/standard-schema.ts'

export class FakeMail extends Notifier<string> {
  readonly provider = 'pigeon'
  protected readonly schema: StandardSchema<string, string> = {
    '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value: String(value) }) },
  }

  protected deliver(): Promise<never> {
    return Promise.reject(new Error('nothing is sent'))
  }

  protected toError(cause: unknown): NotifyError {
    return new NotifyError('DRIVER_FAILED', 'The pigeon failed', { cause })
  }
}
