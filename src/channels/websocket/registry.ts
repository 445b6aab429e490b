/** Who is subscribed to what. */

export class Registry<Member> {
  readonly #channels = new Map<string, Set<Member>>()

  add(channel: string, member: Member): void {
    const members = this.#channels.get(channel)
    if (members) members.add(member)
    else this.#channels.set(channel, new Set([member]))
  }

  delete(channel: string, member: Member): void {
    const members = this.#channels.get(channel)
    members?.delete(member)
    if (members?.size === 0) this.#channels.delete(channel)
  }

  /** Longest subscribed first. Members may leave while it is walked. */
  members(channel: string): ReadonlySet<Member> {
    return this.#channels.get(channel) ?? new Set<Member>()
  }

  count(channel: string): number {
    return this.#channels.get(channel)?.size ?? 0
  }

  /** Channels with at least one member. */
  get size(): number {
    return this.#channels.size
  }
}
