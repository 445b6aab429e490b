/** Follows the stream of events: the inbox takes them, and the page hears of what concerns it. */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { ArmedFault, InboxEvent } from '../../sandbox/api.ts'
import { readFaults } from './api-client.ts'
import type { Inbox } from './inbox.ts'
import { listen } from './live-events.ts'

export type Connection = 'connecting' | 'open' | 'lost'

export function useStream(inbox: Inbox, onEvent: (event: InboxEvent) => void) {
  const [connection, setConnection] = useState<Connection>('connecting')
  const [armed, setArmed] = useState<readonly ArmedFault[]>([])
  /** Changes whenever a message that is shown may have changed. */
  const [version, setVersion] = useState(0)
  const told = useRef(onEvent)
  told.current = onEvent
  useEffect(
    () =>
      listen({
        onOpen: () => {
          setConnection((before) => {
            // What happened meanwhile has been missed.
            if (before === 'lost') setVersion((count) => count + 1)
            return 'open'
          })
          void inbox.reload()
          readFaults().then(({ armed }) => setArmed(armed), ignored)
        },
        onLost: () => setConnection('lost'),
        onEvent: (event) => {
          inbox.take(event)
          told.current(event)
          if (event.type === 'faults') setArmed(event.armed)
          else if (event.type !== 'captured') setVersion((before) => before + 1)
        },
      }),
    [inbox],
  )
  return { connection, armed, version }
}

function ignored(): void {
  // The stream has broken again, or breaks now: it is asked for once more then.
}
