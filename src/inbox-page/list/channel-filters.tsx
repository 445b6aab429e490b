/** One button per channel, with how many messages it has. */
import type { InboxChannel } from '../../sandbox/captured.ts'
import { Icon } from '../parts/icon.tsx'
import { useApp } from '../state/app-context.ts'
import type { InboxState } from '../state/inbox-state.ts'
import { CHANNELS } from '../state/route.ts'

export function ChannelFilters({ counts }: { readonly counts: InboxState['counts'] }) {
  const { t } = useApp()
  const all = CHANNELS.reduce((sum, channel) => sum + counts[channel], 0)
  return (
    <div class="filters" role="group" aria-label={t.list.channels}>
      <FilterButton label={t.list.all} count={all} />
      {CHANNELS.map((channel) => (
        <FilterButton key={channel} channel={channel} label={t.channels[channel]} count={counts[channel]} />
      ))}
    </div>
  )
}

interface FilterButtonProps {
  readonly channel?: InboxChannel
  readonly label: string
  readonly count: number
}

function FilterButton({ channel, label, count }: FilterButtonProps) {
  const { route, go } = useApp()
  const { id, q } = route
  return (
    <button
      type="button"
      class={`filter ${channel ?? 'all'}`}
      aria-pressed={route.channel === channel}
      title={label}
      onClick={() => go({ ...(id && { id }), ...(q && { q }), ...(channel && { channel }) })}
    >
      {channel && <Icon name={channel} />}
      <span class={channel ? 'hidden' : ''}>{label}</span>
      <span class="count">{count}</span>
    </button>
  )
}
