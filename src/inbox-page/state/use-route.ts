/** Follows the hash of the address, back and forward too. */
import { useCallback, useEffect, useState } from 'preact/hooks'
import { formatRoute, parseRoute, type Route } from './route.ts'

export function useRoute() {
  const [route, setRoute] = useState(() => parseRoute(location.hash))
  useEffect(() => {
    const follow = () => setRoute(parseRoute(location.hash))
    addEventListener('hashchange', follow)
    return () => removeEventListener('hashchange', follow)
  }, [])
  const go = useCallback((next: Route, how?: 'replace') => {
    if (how === 'replace') history.replaceState(null, '', formatRoute(next))
    else location.hash = formatRoute(next)
    setRoute(next)
  }, [])
  return { route, go }
}
