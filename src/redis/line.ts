/** The line to Redis that one store has: no call on it is waited for longer than its time, and none where it is dead. */
import type { Clock } from '../core/clock.ts'
import { NotifyError } from '../core/errors.ts'
import { bareError } from '../core/redact.ts'
import { isReady, runScript, type Script, type ScriptCall } from './client.ts'
import type { StoreSettings } from './options.ts'

/** A call that was handed to the client. */
export interface Call {
  /** Redis's answer, or why there is none in time. */
  readonly answer: Promise<unknown>
  /** Resolves once the call can have no effect any more, which may be long after its time is up. */
  readonly over: Promise<void>
}

export class Line {
  readonly #settings: StoreSettings
  /** A client that is only just connecting is waited for; one that has lost its connection is not. */
  #wasReady = false
  /** By the monotonic clock; after a call without an answer the next ones fail at once for a while. */
  #deadUntil = Number.NEGATIVE_INFINITY

  constructor(settings: StoreSettings) {
    this.#settings = settings
  }

  get clock(): Clock {
    return this.#settings.clock
  }

  /** @throws {NotifyError} UNAVAILABLE, at once or when its time is up */
  async ask(script: Script, call: ScriptCall): Promise<unknown> {
    return this.begin(script, call).answer
  }

  /** @throws {NotifyError} UNAVAILABLE, where Redis is not asked at all */
  begin(script: Script, call: ScriptCall): Call {
    this.#refuseIfDead()
    const { client, prefix } = this.#settings
    const [key, more = []] = [prefix + call.key, call.more?.map((name) => prefix + name)]
    const asking = runScript(client, script, { key, more, args: call.args })
    const ignore = () => undefined
    return { answer: this.#inTime(asking), over: asking.then(ignore, ignore) }
  }

  #refuseIfDead(): void {
    const { client, clock } = this.#settings
    const isConnected = isReady(client)
    const isHeld = clock.monotonic() < this.#deadUntil
    if (isHeld) throw unavailable('Redis has not answered a moment ago')
    if (this.#wasReady && !isConnected) throw unavailable('Redis is not connected')
    this.#wasReady ||= isConnected
  }

  #inTime(asking: Promise<unknown>): Promise<unknown> {
    const { clock, timeoutMs } = this.#settings
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        this.#deadUntil = clock.monotonic() + timeoutMs
        reject(unavailable(`Redis did not answer within ${timeoutMs} ms`))
      }
      const timer = clock.setTimeout(giveUp, timeoutMs)
      const hear = () => {
        timer.cancel()
        this.#deadUntil = Number.NEGATIVE_INFINITY
      }
      asking.then(
        (reply) => {
          hear()
          resolve(reply)
        },
        (cause: unknown) => {
          hear()
          reject(unavailable('Redis failed', cause))
        },
      )
    })
  }
}

/** Nothing of what was asked is quoted, and the client's error is kept without the command that hangs on it. */
export function unavailable(text: string, thrown?: unknown): NotifyError {
  if (thrown === undefined)
    return new NotifyError('UNAVAILABLE', text, { delivery: 'not_sent', scope: 'network' })
  const cause = bareError(thrown)
  const details = { delivery: 'not_sent', scope: 'network', cause } as const
  return new NotifyError('UNAVAILABLE', `${text}: ${cause.message}`, details)
}

/** @returns what to throw where another program has written under the prefix, or another version of this one */
export function unreadable(): NotifyError {
  return unavailable('Redis answered what cannot be read')
}
