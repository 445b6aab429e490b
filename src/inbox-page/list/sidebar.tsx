/** The left side: search, channels, and the list or why it is empty. */
import type { CapturedSummary } from '../../sandbox/captured.ts'
import { Button } from '../parts/buttons.tsx'
import { useApp } from '../state/app-context.ts'
import type { InboxState } from '../state/inbox-state.ts'
import { ChannelFilters } from './channel-filters.tsx'
import { MessageList } from './message-list.tsx'
import { SearchBox } from './search-box.tsx'

interface SidebarProps {
  readonly state: InboxState
  readonly activeId: string | undefined
  readonly onOpen: (message: CapturedSummary) => void
}

export function Sidebar({ state, activeId, onOpen }: SidebarProps) {
  const { t } = useApp()
  return (
    <section class="sidebar" aria-label={t.list.label}>
      <h2 class="hidden">{t.list.label}</h2>
      <SearchBox />
      <ChannelFilters counts={state.counts} />
      {state.total > 0 ? (
        <MessageList key={listKey(state)} state={state} activeId={activeId} onOpen={onOpen} />
      ) : (
        <EmptyList state={state} />
      )}
      <p class="list-foot">
        {t.list.total(state.total)}
        {state.evicted > 0 && ` · ${t.list.evicted(state.evicted)}`}
      </p>
    </section>
  )
}

function EmptyList({ state }: { readonly state: InboxState }) {
  const { t, go } = useApp()
  const { channel, q } = state.filter
  if (!state.isLoaded) return <p class="list-empty">{t.list.loading}</p>
  return (
    <div class="list-empty">
      <p>{t.list.noMatch}</p>
      {(channel ?? q) && <Button onClick={() => go({})}>{t.list.showAll}</Button>}
    </div>
  )
}

/** Another filter begins at the top again. */
function listKey({ filter }: InboxState): string {
  return `${filter.channel ?? ''} ${filter.q ?? ''}`
}
