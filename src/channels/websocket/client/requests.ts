/** What applications ask the server for. */
import { toContent } from './channel.ts'
import type { HistoryOptions, PushContent } from './message.ts'
import type { PushError } from './options.ts'
import type { Call, Reply, WireError } from './wire.ts'

type Answer<Name extends keyof Reply> = Promise<NonNullable<Reply[Name]>>

export function createRequests(call: Call): object {
  const ask = <Name extends keyof Reply>(name: Name, params: object): Answer<Name> =>
    new Promise((resolve, reject) =>
      call({ [name]: params }, (reply) =>
        reply.error ? reject(toError(reply.error)) : resolve(reply[name] as never),
      ),
    )
  const rpc = async (method: string, data?: unknown) => (await ask('rpc', { method, data })).data
  const tell = (method: string, { channel, offset = 0, epoch, id }: PushContent) =>
    rpc(method, [[channel, offset, epoch, id]])
  return {
    rpc,
    async history(topic: string, query: HistoryOptions) {
      const { publications = [], ...position } = await ask('history', { channel: topic, ...query })
      return { messages: publications.map((each) => toContent(topic, each, position.epoch)), ...position }
    },
    presence: async (channel: string) => (await ask('presence', { channel })).presence,
    presenceStats: (channel: string) => ask('presence_stats', { channel }),
    seen: (message: PushContent) => tell('seen', message),
    clicked: (message: PushContent) => tell('clicked', message),
  }
}

export function toError(error: WireError): PushError {
  return Object.assign(new Error(error.message), error)
}
