/**
 * What the server calls the channels of users, topics and everyone, and which users it would mix up with others.
 * Sources, read 2026-11-26: https://centrifugal.dev/docs/server/channels#channel-name-rules
 * https://github.com/centrifugal/centrifugo/blob/master/internal/config/container.go (namespaceName, UserAllowed)
 */
import type { Issue } from '../../../core/errors.ts'
import { bareError } from '../../../core/redact.ts'
import type { WebSocketTarget } from '../message.ts'
import { personalChannel } from '../names.ts'
import { serverChannel, type CentrifugoConfig } from './config.ts'
import { refusal } from './errors.ts'

export class ServerChannels {
  readonly #userChannel: (user: string) => unknown
  readonly #allChannel: string | undefined

  constructor({
    userChannel = personalChannel,
    allChannel,
  }: Pick<CentrifugoConfig, 'userChannel' | 'allChannel'>) {
    this.#userChannel = userChannel
    this.#allChannel = allChannel
  }

  /** @throws {NotifyError} INVALID_CONFIG, where `userChannel` threw or returned no channel, or there is none for all */
  of(to: WebSocketTarget): string {
    if (to.user !== undefined) return this.#ofUser(to.user)
    const channel = to.topic ?? this.#allChannel
    if (channel !== undefined) return channel
    throw refusal('no_all_channel', NO_ALL_CHANNEL)
  }

  /** What is wrong with a target here that is right for a hub; `to` may be anything. */
  issues(to: unknown): Issue[] {
    const { user, topic, all } = (to ?? {}) as Record<string, unknown>
    if (typeof user === 'string') return this.#issuesOfUser(user)
    if (topic !== undefined) return []
    if (all !== undefined)
      return this.#allChannel === undefined ? [{ path: 'to.all', message: NO_ALL_CHANNEL }] : []
    return [
      { path: 'to', message: 'expected user, topic or all: Centrifugo’s API publishes to channels alone' },
    ]
  }

  #ofUser(user: string): string {
    const { success, data } = serverChannel.safeParse(this.#ask(user))
    if (success) return data
    throw refusal('user_channel', 'userChannel returned no channel of 1 to 255 printable ASCII characters')
  }

  #ask(user: string): unknown {
    try {
      return this.#userChannel(user)
    } catch (cause) {
      throw refusal('user_channel', 'userChannel threw', bareError(cause))
    }
  }

  #issuesOfUser(user: string): Issue[] {
    const channel = this.#peek(user)
    const userAt = channel.indexOf('#')
    if (userAt < 0) return []
    const path = 'to.user'
    if (/[#,]/.test(user)) return [{ path, message: OTHERS_MAY_READ }]
    // A namespace is what stands before the first colon.
    return channel.indexOf(':') > userAt ? [{ path, message: TAKEN_FOR_NAMESPACE }] : []
  }

  /** The channel, or nothing where the send will say why there is none. */
  #peek(user: string): string {
    try {
      return this.#ofUser(user)
    } catch {
      return ''
    }
  }
}

const NO_ALL_CHANNEL = 'expected allChannel in the configuration: Centrifugo has no channel of everyone'
const OTHERS_MAY_READ =
  'expected a user id without # and comma: Centrifugo reads them as the ids of other users, who could then subscribe'
const TAKEN_FOR_NAMESPACE =
  'expected a user id without colon, or a userChannel with a namespace: Centrifugo takes what stands before it for one'
