/** Tells screen readers of new messages, without talking over itself. */
import { useCallback, useRef, useState } from 'preact/hooks'
import type { CapturedSummary } from '../../sandbox/captured.ts'
import type { Dictionary } from '../i18n/english.ts'

/** Messages of so long are told in one sentence. */
const GATHER_MS = 800

export function useArrivals({ list }: Dictionary) {
  const [announcement, setAnnouncement] = useState('')
  const waiting = useRef<CapturedSummary[]>([])
  const texts = useRef(list)
  texts.current = list
  const arrive = useCallback((message: CapturedSummary) => {
    waiting.current.push(message)
    if (waiting.current.length > 1) return
    setTimeout(() => {
      setAnnouncement(sentenceFor(waiting.current, texts.current))
      waiting.current = []
    }, GATHER_MS)
  }, [])
  return { announcement, arrive }
}

function sentenceFor(messages: readonly CapturedSummary[], list: Dictionary['list']): string {
  const [first] = messages
  if (messages.length === 1 && first) return list.arrived(first.title || list.noTitle)
  return list.arrivedMany(messages.length)
}
