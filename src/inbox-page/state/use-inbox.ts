/** The inbox of the filter that the address names. */
import { useEffect, useState } from 'preact/hooks'
import { Inbox } from './inbox.ts'
import { filterOf, type Route } from './route.ts'

export function useInbox(route: Route) {
  const [inbox] = useState(() => new Inbox(filterOf(route)))
  const [state, setState] = useState(inbox.state)
  useEffect(() => inbox.subscribe(setState), [inbox])
  useEffect(() => {
    void inbox.filter(filterOf(route))
  }, [inbox, route.channel, route.q])
  return { inbox, state }
}
