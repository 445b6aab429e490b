/** A driver, its fake and a facade over both, for one test. */
import {
  startFakeCentrifugo,
  type FakeCentrifugo,
  type FakeCentrifugoOptions,
} from '../../../../src/channels/websocket/centrifugo/fake.ts'
import { centrifugo } from '../../../../src/channels/websocket/centrifugo/centrifugo.ts'
import type { CentrifugoConfigInput } from '../../../../src/channels/websocket/centrifugo/config.ts'
import type {
  CentrifugoDriver,
  CentrifugoReceipt,
} from '../../../../src/channels/websocket/centrifugo/driver.ts'
import {
  createNotify,
  NotifyError,
  type NotifyOptions,
  type SendOptions,
  type SendResult,
} from '../../../../src/index.ts'
import { FakeClock, findSecrets } from '../../../../src/testing/index.ts'

export const USER = 'user-1001-sensitive'
export const TITLE = 'Your one-time code is 493817'

export interface BenchOptions {
  readonly config?: Partial<CentrifugoConfigInput>
  readonly fake?: FakeCentrifugoOptions
  readonly notify?: Pick<NotifyOptions<{ push: CentrifugoDriver }>, 'retry' | 'guard' | 'attemptTimeoutMs'>
}

export interface Bench extends AsyncDisposable {
  readonly fake: FakeCentrifugo
  readonly clock: FakeClock
  readonly driver: CentrifugoDriver
  /** Sends a message to one user, changed by `fields`. */
  send(fields?: object, options?: SendOptions): Promise<SendResult>
  verify(): Promise<{ readonly status: string; readonly error?: unknown }>
}

export async function startBench({ config, fake: options, notify: rest }: BenchOptions = {}): Promise<Bench> {
  const clock = new FakeClock(Date.UTC(2026, 10, 26))
  const fake = await startFakeCentrifugo({ clock, ...options })
  const driver = centrifugo({ ...fake.config, ...config }, { clock })
  const notify = createNotify({
    retry: false,
    breaker: false,
    idempotency: false,
    channels: { push: driver },
    clock,
    ...rest,
  })
  return {
    fake,
    clock,
    driver,
    send: (fields = {}, sendOptions = {}) =>
      notify.send('push', { to: { user: USER }, title: TITLE, ...fields }, sendOptions),
    verify: async () => (await notify.verify()).push,
    async [Symbol.asyncDispose]() {
      await notify.close()
      await fake.close()
    },
  }
}

export function receiptOf(result: SendResult): CentrifugoReceipt {
  if (result.status !== 'sent') throw new Error(`${result.status}: ${JSON.stringify(result)}`)
  return result.receipt as never
}

/** Why it failed; shows nothing of the message and its user. */
export function errorOf(result: SendResult): NotifyError {
  if (result.status !== 'failed') throw new Error(`it was ${result.status}`)
  const shown = findSecrets(result, [USER, TITLE, '493817'])
  if (shown.length > 0) throw new Error(`it shows ${shown.join()}`)
  return result.error
}

/** Lets time pass, a millisecond at a time, until the send has ended. */
export async function passing(bench: Bench, sending: Promise<SendResult>): Promise<SendResult> {
  let hasEnded = false
  const ended = () => {
    hasEnded = true
  }
  sending.then(ended, ended)
  while (!hasEnded) await bench.clock.advance(1)
  return sending
}
