/** Keeps the rows that somebody looks at in their place when new ones come in above, and counts those. */
import type { RefObject } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { ROW_HEIGHT } from './message-row.tsx'

/** How many have come in above, unseen. */
export function useAnchor(
  element: RefObject<HTMLElement | null>,
  inserted: number,
  scrollTop: number,
): number {
  const before = useRef(inserted)
  const [unseen, setUnseen] = useState(0)
  useLayoutEffect(() => {
    const added = inserted - before.current
    before.current = inserted
    if (added <= 0 || !element.current || element.current.scrollTop < ROW_HEIGHT / 2) return
    element.current.scrollTop += added * ROW_HEIGHT
    setUnseen((count) => count + added)
  }, [inserted])
  useLayoutEffect(() => {
    if (scrollTop < ROW_HEIGHT / 2) setUnseen(0)
  }, [scrollTop])
  return unseen
}
