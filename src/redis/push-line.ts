/** The broker's line to Redis for all but subscriptions: the caller's own client, and no call waits longer than its time. */
import { changed, NotifyError } from '../core/errors.ts'
import type { Script, ScriptCall } from './client.ts'
import { Line, unavailable } from './line.ts'
import type { StoreSettings } from './options.ts'
import type { PushClient } from './push-client.ts'
import { OrderedScripts } from './push-order.ts'

/** It has tried to connect and failed, or is closed: what it is handed now would wait for who knows how long. */
const NOT_CONNECTED = ['reconnecting', 'disconnecting', 'close', 'end']

export class PushLine {
  readonly #line: Line
  readonly #client: PushClient
  #isClosed = false

  constructor(settings: StoreSettings<PushClient>) {
    this.#line = new Line({ ...settings, client: new OrderedScripts(settings.client) })
    this.#client = settings.client
  }

  close(): void {
    this.#isClosed = true
  }

  /** @throws {NotifyError} UNAVAILABLE; CLOSED, after {@link close} */
  async ask(script: Script, call: ScriptCall): Promise<unknown> {
    this.#refuse()
    return this.#line.ask(script, call)
  }

  /**
   * Like {@link ask}, for what must not be done twice. Without an answer nobody knows whether it was done, or still will
   * be: the client may have it in its offline queue, and `ioredis` sends again what was unanswered when the connection
   * broke (`autoResendUnfulfilledCommands`), even if Redis had done it. So one publication without an id can become two,
   * each with an offset of its own; with an id the second finds the first one's answer.
   */
  async askOnce(script: Script, call: ScriptCall): Promise<unknown> {
    this.#refuse()
    const { answer } = this.#line.begin(script, call)
    try {
      return await answer
    } catch (thrown) {
      if (!NotifyError.isNotifyError(thrown) || isRefusal(thrown.cause)) throw thrown
      throw changed(thrown, { delivery: 'unknown' })
    }
  }

  #refuse(): void {
    if (this.#isClosed) throw new NotifyError('CLOSED', 'The push broker is closed')
    if (NOT_CONNECTED.includes(this.#client.status)) throw unavailable('Redis is not connected')
  }
}

/** Redis itself said no: a script fails before it publishes, which is the last thing it does. */
function isRefusal(cause: unknown): boolean {
  return cause instanceof Error && cause.name === 'ReplyError'
}
