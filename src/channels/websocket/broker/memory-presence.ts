/** Who is in which channel, each until its time is over. */
import type { PresenceStats, PresentClient } from '../../../core/push-broker.ts'
import { sweep } from './sweep.ts'

interface Stay {
  readonly user: string
  readonly endsAt: number
}

type Stays = Map<string, Stay>

/** One call's clients, and until when they are there. */
interface Entry {
  readonly clients: readonly PresentClient[]
  readonly endsAt: number
  readonly now: number
}

export class MemoryPresence {
  readonly #channels = new Map<string, Stays>()
  readonly #sweep = sweep(() => this.#walk())
  #now = 0

  /** How many clients are remembered, those whose time is over included. */
  get size(): number {
    return [...this.#channels.values()].reduce((size, stays) => size + stays.size, 0)
  }

  enter(channel: string, { clients, endsAt, now }: Entry): void {
    this.#now = now
    this.#sweep(clients.length * 2)
    if (clients.length === 0) return
    const stays: Stays = this.#channels.get(channel) ?? new Map<string, Stay>()
    for (const { client, user } of clients) stays.set(client, { user, endsAt })
    this.#channels.set(channel, stays)
  }

  leave(channel: string, client: string): void {
    const stays = this.#channels.get(channel)
    if (stays?.delete(client) && stays.size === 0) this.#channels.delete(channel)
  }

  present(channel: string, now: number): PresentClient[] {
    const present: PresentClient[] = []
    for (const [client, { user, endsAt }] of this.#channels.get(channel) ?? []) {
      if (endsAt > now) present.push({ client, user })
    }
    return present
  }

  stats(channel: string, now: number): PresenceStats {
    const present = this.present(channel, now)
    return { clients: present.length, users: new Set(present.map(({ user }) => user)).size }
  }

  clear(): void {
    this.#channels.clear()
  }

  *#walk(): Generator<void> {
    for (const [channel, stays] of this.#channels) {
      for (const [client, { endsAt }] of stays) {
        if (endsAt <= this.#now) this.leave(channel, client)
        yield
      }
    }
  }
}
