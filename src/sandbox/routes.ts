/** Every route of the inbox, from its path to what it does. `api.ts` says what each is for. */
import type { Clock } from '../core/clock.ts'
import type { FaultRequest, ListQuery } from './api.ts'
import type { InboxChannel } from './captured.ts'
import { connectionsOf, type Endpoints } from './connections.ts'
import { serveEvents } from './events.ts'
import type { FaultBook } from './fault-book.ts'
import { answer, answerJson, answerNothing, choiceIn, HttpError, numberIn, readJson, textIn } from './http.ts'
import type { Inbox } from './inbox.ts'
import { readLocalPush, type LocalPush } from './local-push.ts'
import { messageRoutes } from './message-routes.ts'
import { pageRoutes } from './page.ts'
import { get, type Route } from './route.ts'
import { readTraceReport } from './trace-report.ts'
import { waitFor } from './wait.ts'

export interface RoutesInit {
  readonly clock: Clock
  readonly inbox: Inbox
  readonly faults: FaultBook
  readonly endpoints: () => Endpoints
  readonly issueToken: (user: string) => string
  /** Of what was delivered within the sender's process. */
  readonly captureLocal: (push: LocalPush) => void
  /** Resolves when what has arrived is in the inbox. */
  readonly settled: () => Promise<void>
}

const CHANNELS: readonly InboxChannel[] = ['email', 'sms', 'wechat', 'apns', 'websocket']
const OUTCOMES = ['accepted', 'refused', 'lost'] as const
const MOST_ROWS = 1_000
const MAX_WAIT_MS = 60_000

export function routesOf(init: RoutesInit): readonly Route[] {
  return [
    ...pageRoutes(),
    ...listRoutes(init),
    ...liveRoutes(init),
    ...messageRoutes(init.inbox),
    ...faultRoutes(init),
    ...connectRoutes(init),
  ]
}

function listRoutes({ inbox, settled }: RoutesInit): readonly Route[] {
  return [
    get(/^\/api\/messages$/, async ({ response, url }) => {
      await settled()
      answerJson(response, inbox.list(listQuery(url)))
    }),
    {
      method: 'DELETE',
      path: /^\/api\/messages$/,
      handle: async ({ response }) => {
        await settled()
        inbox.clear()
        answerNothing(response)
      },
    },
  ]
}

function liveRoutes({ clock, inbox, settled, captureLocal }: RoutesInit): readonly Route[] {
  return [
    get(/^\/api\/wait$/, async ({ request, response, url }) => {
      const timeoutMs = numberIn(url, 'timeoutMs', MAX_WAIT_MS)
      const outcome = choiceIn(url, 'outcome', OUTCOMES)
      const query = {
        ...definite(listQuery(url)),
        ...texts(url, ['to', 'after']),
        ...(outcome && { outcome }),
      }
      const found = await waitFor(inbox, query, {
        clock,
        timeoutMs,
        gone: (heard) => request.once('close', heard),
      })
      if (found) answerJson(response, found)
      else throw new HttpError(404, 'TIMED_OUT', 'No such message arrived in time')
    }),
    get(/^\/api\/events$/, (call) => serveEvents(inbox, call, clock)),
    {
      method: 'POST',
      path: /^\/api\/traces$/,
      handle: async ({ request, response }) => {
        const report = readTraceReport(await readJson(request))
        await settled()
        inbox.trace(report)
        answerNothing(response)
      },
    },
    {
      method: 'POST',
      path: /^\/api\/captures$/,
      handle: async ({ request, response }) => {
        captureLocal(readLocalPush(await readJson(request)))
        answerNothing(response)
      },
    },
  ]
}

function faultRoutes({ faults }: RoutesInit): readonly Route[] {
  return [
    get(/^\/api\/faults$/, ({ response }) => answerJson(response, faults.list)),
    {
      method: 'POST',
      path: /^\/api\/faults$/,
      handle: async ({ request, response }) => {
        answerJson(response, faults.arm((await readJson(request)) as unknown as FaultRequest), 201)
      },
    },
    {
      method: 'DELETE',
      path: /^\/api\/faults$/,
      handle: ({ response }) => {
        faults.clear()
        answerNothing(response)
      },
    },
  ]
}

function connectRoutes({ endpoints, issueToken }: RoutesInit): readonly Route[] {
  const pem = (file: string, of: (apns: Endpoints['apns']) => string): Route =>
    get(new RegExp(`^/api/apns/${file}$`), ({ response }) => {
      answer(response, { type: 'application/x-pem-file', body: of(endpoints().apns) })
    })
  return [
    get(/^\/api\/connections$/, ({ response }) => {
      const at = endpoints()
      answerJson(response, { inbox: at.inbox, providers: connectionsOf(at) })
    }),
    pem('key\\.p8', ({ auth }) => auth.key),
    pem('ca\\.pem', ({ ca }) => ca),
    get(/^\/api\/websocket\/token$/, ({ response, url }) => {
      answerJson(response, { url: endpoints().websocket.url, token: issueToken(textIn(url, 'user') ?? '') })
    }),
  ]
}

function listQuery(url: URL): ListQuery {
  const channel = choiceIn(url, 'channel', CHANNELS)
  const limit = numberIn(url, 'limit', MOST_ROWS)
  return {
    ...texts(url, ['q', 'before']),
    ...(channel && { channel }),
    ...(limit !== undefined && { limit }),
  }
}

function texts(url: URL, names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const text = textIn(url, name)
      return text === undefined ? [] : [[name, text]]
    }),
  )
}

/** What a wait has in common with a list. */
function definite({ channel, q }: ListQuery): Pick<ListQuery, 'channel' | 'q'> {
  return { ...(channel && { channel }), ...(q !== undefined && { q }) }
}
