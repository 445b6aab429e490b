/** The stream of what happens in the inbox, which connects again by itself. */
import type { InboxEvent } from '../../sandbox/api.ts'

const TYPES = [
  'captured',
  'changed',
  'removed',
  'cleared',
  'faults',
] as const satisfies readonly InboxEvent['type'][]

/** A browser's own way to connect again gives up after an answer that is no stream; this never does. */
const RETRY_MS = 1_000

export interface LiveListener {
  readonly onOpen: () => void
  readonly onLost: () => void
  readonly onEvent: (event: InboxEvent) => void
}

/** Listens until the function that it returns is called. */
export function listen(listener: LiveListener): () => void {
  let source: EventSource | undefined
  let timer: ReturnType<typeof setTimeout> | undefined

  function connect(): void {
    const stream = new EventSource('/api/events')
    source = stream
    stream.onopen = listener.onOpen
    stream.onerror = () => {
      stream.close()
      listener.onLost()
      timer = setTimeout(connect, RETRY_MS)
    }
    for (const type of TYPES) {
      stream.addEventListener(type, (event: MessageEvent<string>) => {
        listener.onEvent(JSON.parse(event.data) as InboxEvent)
      })
    }
  }

  connect()
  return () => {
    clearTimeout(timer)
    source?.close()
  }
}
