/** Who is in the channels that show it: kept at the broker, renewed while they stay, told to those who are there. */
import type { PushBroker } from '../../core/push-broker.ts'
import type { ChannelRules } from './channel-rules.ts'
import type { Subscriber } from './channel.ts'
import type { Channels } from './channels.ts'
import { heed } from './heed.ts'
import type { Wheel, WheelTimer } from './wheel.ts'

/** How long somebody counts as present after their node was last heard of, in milliseconds. */
const PRESENCE_MS = 60_000
const RENEW_MS = 25_000

interface Present extends Subscriber {
  readonly user: string | undefined
}

export interface PresenceKeeperInit<Member extends Present> {
  readonly broker: PushBroker
  readonly channels: Channels<Member>
  readonly rules: ChannelRules
  readonly wheel: Wheel
  readonly report: (error: unknown) => void
}

export class PresenceKeeper<Member extends Present = Present> {
  readonly #init: PresenceKeeperInit<Member>
  #renewal: WheelTimer | undefined

  constructor(init: PresenceKeeperInit<Member>) {
    this.#init = init
  }

  entered(channel: string, member: Member): void {
    const rule = this.#init.rules.of(channel)
    if (rule.presence) {
      this.#renewal ??= this.#init.wheel.after(RENEW_MS, () => this.#renew())
      heed(() => this.#init.broker.enter(channel, [clientOf(member)], PRESENCE_MS), this.#init.report)
    }
    if (rule.joinLeave) this.#tell(channel, 'join', member)
  }

  left(channel: string, member: Member): void {
    const rule = this.#init.rules.of(channel)
    if (rule.presence) heed(() => this.#init.broker.leave(channel, member.client), this.#init.report)
    if (rule.joinLeave) this.#tell(channel, 'leave', member)
  }

  close(): void {
    this.#renewal?.cancel()
  }

  #tell(channel: string, kind: 'join' | 'leave', member: Member): void {
    const info = JSON.stringify(clientOf(member))
    heed(() => this.#init.broker.publish(channel, info, { kind }), this.#init.report)
  }

  #renew(): void {
    this.#renewal = undefined
    for (const { name, rule, memberships, size } of this.#init.channels.all()) {
      if (!rule.presence || size === 0) continue
      this.#renewal ??= this.#init.wheel.after(RENEW_MS, () => this.#renew())
      const clients = [...memberships].map(({ member }) => clientOf(member))
      heed(() => this.#init.broker.enter(name, clients, PRESENCE_MS), this.#init.report)
    }
  }
}

function clientOf({ client, user = '' }: Present) {
  return { client, user }
}
