/** How far an element is scrolled, and how much of it is in sight. */
import type { RefObject } from 'preact'
import { useLayoutEffect, useState } from 'preact/hooks'

export function useViewport(element: RefObject<HTMLElement | null>) {
  const [viewport, setViewport] = useState({ scrollTop: 0, height: 0 })
  useLayoutEffect(() => {
    const scrolled = element.current
    if (!scrolled) return undefined
    const measure = () => setViewport({ scrollTop: scrolled.scrollTop, height: scrolled.clientHeight })
    const observer = new ResizeObserver(measure)
    observer.observe(scrolled)
    scrolled.addEventListener('scroll', measure, { passive: true })
    measure()
    return () => {
      observer.disconnect()
      scrolled.removeEventListener('scroll', measure)
    }
  }, [element])
  return viewport
}
