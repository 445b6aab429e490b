/** The search: what is typed goes into the address, a moment later. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { IconButton } from '../parts/buttons.tsx'
import { Icon } from '../parts/icon.tsx'
import { useApp } from '../state/app-context.ts'

/** Until then, somebody is still typing. */
const PAUSE_MS = 200

export function SearchBox() {
  const { t, route, go } = useApp()
  const [text, setText] = useState(route.q ?? '')
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => setText(route.q ?? ''), [route.q])
  const search = (q: string, pauseMs: number) => {
    setText(q)
    clearTimeout(timer.current)
    timer.current = setTimeout(() => {
      const { channel, id } = route
      go({ ...(id && { id }), ...(channel && { channel }), ...(q.trim() && { q: q.trim() }) }, 'replace')
    }, pauseMs)
  }
  return (
    <div class="search" role="search">
      <Icon name="search" />
      <input
        id="search"
        type="search"
        autocomplete="off"
        spellcheck={false}
        aria-label={t.list.search}
        placeholder={t.list.searchPlaceholder}
        value={text}
        onInput={(event) => search(event.currentTarget.value, PAUSE_MS)}
      />
      {text ? (
        <IconButton icon="close" label={t.list.clearSearch} onClick={() => search('', 0)} />
      ) : (
        <kbd>/</kbd>
      )}
    </div>
  )
}
