/** How far a client says it has come in a channel. */
import type { Position } from '../../core/push-broker.ts'

/** `[channel, offset, epoch]`, and for engagement the id of the message. */
export interface Reached {
  readonly channel: string
  readonly position: Position
  /** Empty where none is named. */
  readonly messageId: string
}

/** Whose word it is: a session, or what another node knows of a stream. */
export interface Acknowledger {
  readonly client: string
  readonly user?: string | undefined
  readonly device: string
  /** The channels that it may speak of. */
  readonly memberships: { has(channel: string): boolean }
}

/** One word for each channel and epoch, since the furthest says it all: repeating it must not cost the broker. */
export function furthest(reached: readonly Reached[]): Iterable<Reached> {
  const byLife = new Map<string, Reached>()
  for (const one of reached) {
    // No channel has a line break in its name.
    const life = `${one.channel}\n${one.position.epoch}`
    const known = byLife.get(life)
    if (!known || known.position.offset < one.position.offset) byLife.set(life, one)
  }
  return byLife.values()
}
