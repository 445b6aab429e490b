/** The list: however many messages there are, only those in sight are in the page. */
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import type { CapturedSummary } from '../../sandbox/captured.ts'
import { Icon } from '../parts/icon.tsx'
import { useApp } from '../state/app-context.ts'
import type { InboxState } from '../state/inbox-state.ts'
import { EmptyRow, MessageRow, ROW_HEIGHT, rowId } from './message-row.tsx'
import { useAnchor } from './use-anchor.ts'
import { useViewport } from './use-viewport.ts'
import { scrollToShow, windowOf, type RowWindow } from './virtual-window.ts'

interface MessageListProps {
  readonly state: InboxState
  readonly activeId: string | undefined
  readonly onOpen: (message: CapturedSummary) => void
}

export function MessageList({ state, activeId, onOpen }: MessageListProps) {
  const { t, inbox } = useApp()
  const element = useRef<HTMLDivElement>(null)
  const viewport = useViewport(element)
  const rows = windowOf({ ...viewport, rowHeight: ROW_HEIGHT }, state.total)
  const unseen = useAnchor(element, state.inserted, viewport.scrollTop)
  useShown(element, state, activeId)
  useEffect(() => void inbox.ensure(rows.end), [inbox, rows.end, state])
  const isDrawn = state.messages.slice(rows.start, rows.end).some(({ id }) => id === activeId)
  return (
    <div class="list-frame">
      <div
        ref={element}
        id="list"
        class="list"
        role="listbox"
        tabIndex={0}
        aria-label={t.list.label}
        aria-activedescendant={activeId && isDrawn ? rowId(activeId) : undefined}
      >
        <div class="list-rows" role="presentation" style={{ height: `${state.total * ROW_HEIGHT}px` }}>
          <Rows state={state} rows={rows} activeId={activeId} onOpen={onOpen} />
        </div>
      </div>
      {unseen > 0 && <NewAbove count={unseen} onClick={() => element.current?.scrollTo({ top: 0 })} />}
    </div>
  )
}

function NewAbove({ count, onClick }: { readonly count: number; readonly onClick: () => void }) {
  const { t } = useApp()
  return (
    <button type="button" class="new-above" onClick={onClick}>
      <Icon name="up" />
      {t.list.newAbove(count)}
    </button>
  )
}

function Rows({ state, rows, activeId, onOpen }: MessageListProps & { readonly rows: RowWindow }) {
  const { route } = useApp()
  const indexes = Array.from({ length: rows.end - rows.start }, (_, offset) => rows.start + offset)
  return indexes.map((index) => {
    const message = state.messages[index]
    if (!message) return <EmptyRow key={index} index={index} total={state.total} />
    const { id } = message
    const place = { index, total: state.total, isActive: id === activeId, isOpen: id === route.id }
    return <MessageRow key={id} message={message} place={place} onOpen={onOpen} />
  })
}

/** Scrolls to the active row when another one becomes it. */
function useShown(element: { readonly current: HTMLElement | null }, state: InboxState, activeId?: string) {
  useLayoutEffect(() => {
    const list = element.current
    const index = state.messages.findIndex(({ id }) => id === activeId)
    if (!list || index < 0) return
    const { scrollTop, clientHeight: height } = list
    list.scrollTop = scrollToShow(index, { scrollTop, height, rowHeight: ROW_HEIGHT })
  }, [activeId])
}
