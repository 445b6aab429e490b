/** What each channel keeps and shows, by its name. */
import type { HistoryRule } from '../../core/push-broker.ts'
import type { WebSocketConfig } from './config.ts'
import { EVERYONE, isPersonal } from './names.ts'

export interface ChannelRule {
  /** Absent where nothing is kept: whoever is away misses it. */
  readonly history?: HistoryRule | undefined
  readonly presence: boolean
  readonly joinLeave: boolean
}

const NOTHING: ChannelRule = { presence: false, joinLeave: false }

/** `orders` and `orders:42` are both in the namespace `orders`. */
export function namespaceOf(topic: string): string {
  return topic.split(':', 1)[0] ?? ''
}

export class ChannelRules {
  readonly #personal: ChannelRule
  readonly #namespaces: ReadonlyMap<string, ChannelRule>

  constructor({ user, namespaces }: Pick<WebSocketConfig, 'user' | 'namespaces'>) {
    this.#personal = { ...NOTHING, ...(user.history && { history: user.history }) }
    this.#namespaces = new Map(Object.entries(namespaces))
  }

  of(channel: string): ChannelRule {
    if (isPersonal(channel)) return this.#personal
    if (channel === EVERYONE) return NOTHING
    return this.#namespaces.get(namespaceOf(channel)) ?? NOTHING
  }
}
