/** Lets the requests beside a stream speak for it, on whichever node they come in. */
import * as z from 'zod'
import type { PushBroker } from '../../../core/push-broker.ts'
import type { Acknowledger } from '../reached.ts'
import { isId, randomId } from './tickets.ts'

/** How long acknowledgements may come after their stream has ended, in milliseconds. */
export const AFTERLIFE_MS = 60_000

const stream = z.object({
  client: z.string(),
  user: z.string(),
  device: z.string(),
  channels: z.array(z.string()),
})

/** What is known of a stream where it does not end. */
export type Stream = z.output<typeof stream>

export class StreamSessions {
  readonly #broker: PushBroker
  /** Open on this node: the broker need not be asked, and may have lost what it knew. */
  readonly #here = new Map<string, Stream>()

  constructor(broker: PushBroker) {
    this.#broker = broker
  }

  /** @returns the secret that names the stream */
  async begin(of: Stream, lifeMs: number): Promise<string> {
    const session = randomId()
    await this.#broker.keep(keyOf(session), JSON.stringify(of), lifeMs)
    this.#here.set(session, of)
    return session
  }

  /** The stream has ended: what it received may still be acknowledged for a while. */
  async end(session: string, of: Stream): Promise<void> {
    this.#here.delete(session)
    try {
      await this.#broker.keep(keyOf(session), JSON.stringify(of), AFTERLIFE_MS)
    } catch {
      // Then it is remembered until its own time is over.
    }
  }

  async find(session: string): Promise<Acknowledger | undefined> {
    const found = this.#here.get(session) ?? (await this.#read(session))
    return found && { ...found, memberships: new Set(found.channels) }
  }

  async #read(session: string): Promise<Stream | undefined> {
    const text = isId(session) ? await this.#broker.read(keyOf(session)) : undefined
    return text === undefined ? undefined : stream.safeParse(JSON.parse(text)).data
  }
}

function keyOf(session: string): string {
  return `session:${session}`
}
