/** The names a client or caller may use: user ids, topics, and the channels the server makes of them. */
import * as z from 'zod'

/** Channel names hold at most this many characters; a user id one less, for the `#` before it. */
export const MAX_NAME_LENGTH = 255

const TOPIC = /^(?![#@])[\x21-\x7e]{1,255}$/

/** As clients are told apart: the token's `sub`. */
export const userId = z
  .string()
  .regex(/^[\x21-\x7e]{1,254}$/, 'expected a user id of 1 to 254 printable ASCII characters without spaces')

/** A channel that clients subscribe to. `#` and `@` begin the server's own channels. */
export const topicName = z
  .string()
  .regex(
    TOPIC,
    'expected a topic of 1 to 255 printable ASCII characters without spaces, not beginning with # or @',
  )

export function isTopic(name: string): boolean {
  return TOPIC.test(name)
}

/** Every connection is subscribed to it by the server. */
export const EVERYONE = '@all'

/** Every device of the user, and nobody else, is subscribed to it by the server. */
export function personalChannel(user: string): string {
  return `#${user}`
}

export function isPersonal(channel: string): boolean {
  return channel.startsWith('#')
}
