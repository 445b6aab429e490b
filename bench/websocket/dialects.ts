/** What a client of each contestant says to get in, and to get what it missed. */
import { TOPIC, type Contestant } from './contract.ts'

export interface Dialect {
  /** Of the upgrade; empty where there is none. */
  readonly path: string
  /**
   * In turns: `>` is said, `<` is how the answer must begin, `~` how one must begin before which there may be others.
   * `$T` is the client's token, `$C` what was captured.
   */
  readonly steps: readonly string[]
  /** Kept of each client's greeting: what follows this, up to a quote. */
  readonly capture: string
  /** Ping and pong that are messages. */
  readonly beat: readonly [string, string]
  /** Steps of a client that comes back, from its first greeting and its last message; undefined where nothing is kept. */
  readonly returning?: (greeting: string, message: string) => readonly string[] | undefined
}

const NONE = { capture: '', beat: ['', ''] } as const
const GREETED = '<{"id":1,"connect":'

interface Greeting {
  readonly connect?: { readonly subs?: Readonly<Record<string, { epoch?: string } | undefined>> }
}

interface Pushed {
  readonly push?: { readonly pub?: { readonly offset?: number } }
}

export const DIALECTS: Readonly<Record<Contestant, Dialect>> = {
  notiwire: {
    path: '/push',
    steps: ['>{"id":1,"connect":{"token":"$T"}}', GREETED],
    capture: '',
    beat: ['{}', '{}'],
    returning(greeting, message) {
      const epoch = (JSON.parse(greeting) as Greeting).connect?.subs?.[TOPIC]?.epoch
      const offset = (JSON.parse(message) as Pushed).push?.pub?.offset
      if (epoch === undefined || offset === undefined) return undefined
      const subs = JSON.stringify({ [TOPIC]: { recover: true, epoch, offset } })
      return [`>{"id":1,"connect":{"token":"$T","subs":${subs}}}`, GREETED]
    },
  },
  ws: { path: '/', steps: ['>$T', '<ok'], ...NONE },
  'socket.io': {
    path: '/socket.io/?EIO=4&transport=websocket',
    steps: ['<0{', '>40{"token":"$T"}', '<40{'],
    capture: '"pid":"',
    beat: ['2', '3'],
    returning(_greeting, message) {
      // Every event carries its offset last: 42["message",{...},"offset"].
      const offset = /,"([^"]+)"\]$/.exec(message)?.[1]
      if (offset === undefined) return undefined
      // What was missed comes before the word that it is connected.
      return ['<0{', `>40{"token":"$T","pid":"$C","offset":"${offset}"}`, '~40{']
    },
  },
  net: { path: '', steps: [], ...NONE },
}
