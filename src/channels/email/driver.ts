/** Sends e-mail through an SMTP server: composes, takes a session from the pool, says what became of each recipient. */
import { systemClock, type Clock } from '../../core/clock.ts'
import type { DeliveryContext } from '../../core/delivery.ts'
import type { Endpoint } from '../../core/endpoint.ts'
import type { NotifyError } from '../../core/errors.ts'
import { Notifier } from '../../core/notifier.ts'
import { parse } from '../../core/parse.ts'
import { redacted, scrubber } from '../../core/redact.ts'
import type { StandardSchema } from '../../core/standard-schema.ts'
import { untilAborted } from '../../core/until-aborted.ts'
import { compose, type ComposedMail } from './compose.ts'
import { smtpConfig, type SmtpConfig, type SmtpConfigInput } from './config.ts'
import { refusedIn, reportDead } from './dead-recipients.ts'
import { endpointOf } from './endpoint.ts'
import { explain, isOrderlyRefusal, wasStale } from './explain.ts'
import { LazyNodemailer } from './library.ts'
import { addressesOf, recipientsOf, type EmailMessage, type EmailMessageInput } from './message.ts'
import { SessionOpener } from './open-session.ts'
import { SmtpPool } from './pool.ts'
import { receiptOf, type EmailReceipt } from './receipt.ts'
import { redirect } from './redirect.ts'
import { renderedOf, type RenderedEmail } from './rendered.ts'
import { allowedMessage } from './rules.ts'
import { configSecrets, messageSecrets } from './secrets.ts'
import type { OutgoingMail, SmtpSession } from './session.ts'
import type { SharedToken } from './shared-token.ts'
import { sharedTokenOf } from './token-source.ts'

export class SmtpDriver extends Notifier<EmailMessageInput, EmailMessage, EmailReceipt> {
  readonly provider = 'smtp'
  /** Every attempt has the same Message-ID, by which many receivers show one of two. */
  override readonly onUnknown = 'retry'
  protected readonly schema: StandardSchema<EmailMessageInput, EmailMessage>
  readonly #input: SmtpConfigInput
  readonly #config: SmtpConfig
  readonly #clock: Clock
  readonly #token: SharedToken | undefined
  readonly #nodemailer = new LazyNodemailer()
  readonly #pool: SmtpPool
  /** Kept as long as the delivery keeps its message. */
  readonly #composed = new WeakMap<
    EmailMessage,
    { readonly deliveryId: string; readonly mail: ComposedMail }
  >()

  /** @throws {NotifyError} INVALID_CONFIG, naming every wrong field */
  constructor(input: SmtpConfigInput, { clock = systemClock }: { readonly clock?: Clock } = {}) {
    super()
    const config = parse(smtpConfig, input, 'INVALID_CONFIG')
    this.#input = input
    this.schema = allowedMessage(config)
    this.#config = config
    this.#clock = clock
    this.#token = sharedTokenOf(config, clock)
    const opener = new SessionOpener(config, this.#token, this.#nodemailer)
    this.#pool = new SmtpPool({ limits: config.pool, open: (signal) => opener.open(signal), clock })
  }

  override inSandbox(settings: Partial<SmtpConfigInput>): SmtpDriver {
    return new SmtpDriver({ ...this.#input, ...settings }, { clock: this.#clock })
  }

  /** Waits for messages under way, then closes every connection. */
  override close(): Promise<void> {
    this.#token?.close()
    return this.#pool.close()
  }

  /** Bare addresses, the domain in ASCII and lower case: `to`, `cc` and `bcc` together, each once. */
  override recipients(message: EmailMessage): readonly string[] {
    return addressesOf(message)
  }

  override endpoints(): readonly Endpoint[] {
    return [endpointOf(this.#config)]
  }

  override redirected(message: EmailMessage, to: string): EmailMessage {
    return redirect(message, to)
  }

  /**
   * Composes the message as a send would, and keeps it for that send. Streams among its attachments are read.
   * @throws {NotifyError} PAYLOAD_TOO_LARGE
   * @throws {NotifyError} INVALID_MESSAGE, where an attachment cannot be read
   */
  override async render(message: EmailMessage, context: DeliveryContext): Promise<RenderedEmail> {
    try {
      return renderedOf(await untilAborted(this.#compose(message, context), context.signal))
    } catch (cause) {
      throw redacted(this.toError(cause, message), scrubber(this.secrets(message)))
    }
  }

  protected async deliver(message: EmailMessage, context: DeliveryContext): Promise<EmailReceipt> {
    const { signal } = context
    const mail = await untilAborted(this.#compose(message, context), signal)
    const info = await this.#transmit(mail, signal).catch((failure: unknown) => {
      reportDead(refusedIn(failure), mail, context)
      throw failure
    })
    reportDead(info.rejectedErrors, mail, context)
    return receiptOf({
      messageId: mail.messageId,
      recipients: recipientsOf(message),
      info,
      secrets: { credentials: this.secrets(), all: this.secrets(message) },
    })
  }

  protected toError(cause: unknown, message?: EmailMessage): NotifyError {
    return explain(cause, (text) => scrubber(this.secrets(message))(text))
  }

  /** Connects anew, logs in, and asks the server for a sign of life. */
  protected override async check({ signal }: DeliveryContext): Promise<void> {
    const session = await this.#pool.acquire(signal, true)
    try {
      await session.reset(signal)
    } catch (cause) {
      this.#pool.release(session, 'broken')
      throw cause
    }
    this.#pool.release(session, 'clean')
  }

  protected override *secrets(message?: EmailMessage): Iterable<string> {
    yield* configSecrets(this.#config)
    yield* this.#token?.secrets ?? []
    if (message) yield* messageSecrets(message)
  }

  /** Once per delivery: a stream cannot be read again for the next try, and the same bytes keep their Message-ID. */
  async #compose(message: EmailMessage, context: DeliveryContext): Promise<ComposedMail> {
    const kept = this.#composed.get(message)
    if (kept?.deliveryId === context.id) return kept.mail
    const mail = await compose(message, context, {
      config: this.#config,
      clock: this.#clock,
      nodemailer: this.#nodemailer,
    })
    this.#composed.set(message, { deliveryId: context.id, mail })
    return mail
  }

  /** A session that had been idle may be dead without our knowing: then once more, on a new one. */
  async #transmit(mail: OutgoingMail, signal: AbortSignal) {
    const session = await this.#pool.acquire(signal)
    try {
      return await this.#handOver(session, mail, signal)
    } catch (failure) {
      if (!session.isReused || !wasStale(failure) || signal.aborted) throw failure
      return this.#handOver(await this.#pool.acquire(signal, true), mail, signal)
    }
  }

  async #handOver(session: SmtpSession, mail: OutgoingMail, signal: AbortSignal) {
    try {
      const info = await session.send(mail, signal)
      this.#pool.release(session, 'clean')
      return info
    } catch (failure) {
      this.#pool.release(session, isOrderlyRefusal(failure) ? 'refused' : 'broken')
      throw failure
    }
  }
}
