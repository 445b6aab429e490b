/** A fake server, the driver pointed at it, and a facade over both: what most tests of this channel start with. */
import { startFakeSmtp, type FakeSmtp, type FakeSmtpOptions } from '../../../src/channels/email/fake.ts'
import { smtp, type EmailMessageInput, type SmtpConfigInput } from '../../../src/channels/email/index.ts'
import { systemClock, type Clock } from '../../../src/core/clock.ts'
import { createNotify } from '../../../src/index.ts'
import type { SendOptions } from '../../../src/facade/call-options.ts'
import type { NotifyError } from '../../../src/core/errors.ts'

export const FROM = 'shop@example.com'
export const TO = 'ada.lovelace@example.org'
export const message = { to: TO, subject: 'Your parcel', text: 'It arrives tomorrow.' } as const

export interface BenchOptions {
  readonly fake?: FakeSmtpOptions
  readonly config?: Partial<SmtpConfigInput>
  readonly clock?: Clock
}

export async function startBench({
  fake: options = {},
  config = {},
  clock = systemClock,
}: BenchOptions = {}) {
  const fake = await startFakeSmtp(options, { clock })
  const driver = smtp({ host: fake.host, port: fake.port, from: FROM, ...config }, { clock })
  const notify = createNotify({
    retry: false,
    breaker: false,
    idempotency: false,
    channels: { email: driver },
    clock,
  })
  const send = (input: Partial<EmailMessageInput> = {}, sendOptions?: SendOptions) =>
    notify.send('email', { ...message, ...input }, sendOptions)
  return {
    fake,
    driver,
    notify,
    send,
    /** Sends and expects a failure. */
    fail: async (input: Partial<EmailMessageInput> = {}): Promise<NotifyError> => {
      const result = await send(input)
      if (result.status === 'failed') return result.error
      throw new Error('it was sent')
    },
    /** Sends and expects acceptance. */
    receipt: async (input: Partial<EmailMessageInput> = {}, sendOptions?: SendOptions) => {
      const result = await send(input, sendOptions)
      if (result.status === 'sent') return result.receipt
      throw result.status === 'failed' ? result.error : new Error(result.reason)
    },
    async [Symbol.asyncDispose]() {
      await notify.close()
      await fake.close()
    },
  }
}

/** What the server took last, as text. */
export function lastRaw(fake: FakeSmtp): string {
  return fake.accepted.at(-1)?.raw.toString('latin1') ?? ''
}

/** The unfolded value of a header of a raw message. */
export function headerOf(raw: string, name: string): string | undefined {
  const [head = ''] = raw.split('\r\n\r\n')
  const unfolded = head.replace(/\r\n[ \t]+/g, ' ')
  const line = unfolded.split('\r\n').find((each) => each.toLowerCase().startsWith(`${name.toLowerCase()}:`))
  return line?.slice(name.length + 1).trim()
}
