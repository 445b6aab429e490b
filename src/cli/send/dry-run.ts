/** Checks and renders messages, and sends none. */
import { NotifyError } from '../../core/errors.ts'
import type { AnyNotifier } from '../../core/notifier.ts'
import type { FailedResult } from '../../facade/result.ts'
import { render } from '../render.ts'
import type { Outcome } from './many.ts'

type Check = Extract<Outcome, { status: 'valid' }> | (FailedResult & { readonly index: number })

export async function* dryRun(
  channel: string,
  driver: AnyNotifier,
  source: AsyncIterable<unknown>,
): AsyncGenerator<Check, void, undefined> {
  let index = 0
  for await (const message of source) {
    yield await check({ channel, index, driver }, message)
    index += 1
  }
}

interface Place {
  readonly channel: string
  readonly index: number
  readonly driver: AnyNotifier
}

export async function check({ channel, index, driver }: Place, message: unknown): Promise<Check> {
  const { provider } = driver
  try {
    const rendered = await render(driver, message)
    return { index, channel, provider, status: 'valid', bytes: rendered[0]?.bytes }
  } catch (cause) {
    const error = NotifyError.isNotifyError(cause) ? cause : driver.explain(cause)
    return { index, channel, provider, status: 'failed', id: '', attempts: [], error }
  }
}
