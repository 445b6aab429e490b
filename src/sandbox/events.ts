/** The inbox's stream of server-sent events. Source: https://html.spec.whatwg.org/multipage/server-sent-events.html */
import type { Clock, Timer } from '../core/clock.ts'
import type { Inbox } from './inbox.ts'
import type { Call } from './route.ts'

/** Proxies and browsers drop what is silent for long. */
const BEAT_MS = 15_000
/** A page that reads no more than this behind is cut off; it comes again and asks anew. */
const MAX_BEHIND = 4_194_304

export function serveEvents(
  inbox: Inbox,
  { request, response }: Pick<Call, 'request' | 'response'>,
  clock: Clock,
): void {
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  })
  const write = (text: string) => {
    response.write(text)
    if (response.writableLength > MAX_BEHIND) response.destroy()
  }
  write('retry: 1000\n\n')
  const stop = inbox.listen((event) => write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`))
  let timer: Timer | undefined
  const beat = () => {
    timer = clock.setTimeout(() => {
      write(': \n\n')
      beat()
    }, BEAT_MS)
  }
  beat()
  request.once('close', () => {
    stop()
    timer?.cancel()
  })
}
