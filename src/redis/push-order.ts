/** Keeps the order of calls on one key also where Redis has to be told a script first, as after it has restarted. */
import type { IoredisLike } from './client.ts'

/** Of one key. */
interface Turns {
  /** Calls by a script's name that are not answered. */
  asked: number
  /** Of those, that were answered with NOSCRIPT, and whose text was not sent yet. */
  unknown: number
  /** Calls that came after that. */
  held: (() => void)[] | undefined
}

/**
 * What was asked by a name that Redis does not know is asked again by its text, behind what was asked meanwhile. So what
 * comes after the first NOSCRIPT waits until all before it are on their way again.
 */
export class OrderedScripts implements IoredisLike {
  readonly #client: IoredisLike
  readonly #turns = new Map<string, Turns>()

  constructor(client: IoredisLike) {
    this.#client = client
  }

  get status(): string {
    return this.#client.status
  }

  evalsha(sha1: string, keyCount: number, ...rest: string[]): Promise<unknown> {
    const [key = ''] = rest
    const turns = this.#turns.get(key) ?? { asked: 0, unknown: 0, held: undefined }
    this.#turns.set(key, turns)
    const { held } = turns
    if (held) {
      return new Promise((resolve, reject) => {
        held.push(() => void this.evalsha(sha1, keyCount, ...rest).then(resolve, reject))
      })
    }
    turns.asked++
    return this.#client.evalsha(sha1, keyCount, ...rest).then(
      (reply) => {
        turns.asked--
        this.#goOn(key, turns)
        return reply
      },
      (cause: unknown) => {
        turns.asked--
        if (isUnknown(cause)) this.#hold(turns)
        else this.#goOn(key, turns)
        throw cause
      },
    )
  }

  /** By its text, after {@link evalsha} of the same call has failed for want of it. */
  eval(script: string, keyCount: number, ...rest: string[]): Promise<unknown> {
    const asking = this.#client.eval(script, keyCount, ...rest)
    const [key = ''] = rest
    const turns = this.#turns.get(key)
    if (turns) {
      turns.unknown--
      this.#goOn(key, turns)
    }
    return asking
  }

  #hold(turns: Turns): void {
    turns.unknown++
    turns.held ??= []
  }

  #goOn(key: string, turns: Turns): void {
    if (turns.asked > 0 || turns.unknown > 0) return
    this.#turns.delete(key)
    for (const run of turns.held ?? []) run()
  }
}

function isUnknown(cause: unknown): boolean {
  return cause instanceof Error && cause.message.startsWith('NOSCRIPT')
}
