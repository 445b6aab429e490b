/** One message in the list: who, what, when, and whether something is wrong. */
import type { CapturedSummary } from '../../sandbox/captured.ts'
import { OutcomeBadge } from '../parts/badge.tsx'
import { formatTime } from '../parts/format.ts'
import { Icon } from '../parts/icon.tsx'
import { useApp } from '../state/app-context.ts'

/** In pixels; the style sheet does not know it. */
export const ROW_HEIGHT = 78

export interface RowPlace {
  readonly index: number
  readonly total: number
  readonly isActive: boolean
  readonly isOpen: boolean
}

interface MessageRowProps {
  readonly message: CapturedSummary
  readonly place: RowPlace
  readonly onOpen: (message: CapturedSummary) => void
}

export function rowId(id: string): string {
  return `row-${id}`
}

export function MessageRow({ message, place, onOpen }: MessageRowProps) {
  const { t, tag } = useApp()
  const { channel, title, preview, at } = message
  return (
    <div
      role="option"
      id={rowId(message.id)}
      class={`row${place.isActive ? ' active' : ''}`}
      aria-selected={place.isOpen}
      aria-setsize={place.total}
      aria-posinset={place.index + 1}
      style={rowStyle(place.index)}
      onClick={() => onOpen(message)}
    >
      <span class={`channel ${channel}`} title={t.channels[channel]}>
        <Icon name={channel} />
        <span class="hidden">{t.channels[channel]}</span>
      </span>
      <span class="row-lines">
        <span class="row-line">
          <span class="row-title">{title || t.list.noTitle}</span>
          <time class="row-time">{formatTime(at, Date.now(), tag)}</time>
        </span>
        <span class="row-line">
          <span class="row-to">{recipientsOf(message, t.list.moreRecipients)}</span>
          <RowMarks message={message} />
        </span>
        <span class="row-line">
          <span class="row-preview">{preview}</span>
        </span>
      </span>
    </div>
  )
}

/** Stands for one that is still being loaded. */
export function EmptyRow({ index, total }: { readonly index: number; readonly total: number }) {
  const { t } = useApp()
  return (
    <div
      role="option"
      class="row empty"
      aria-selected={false}
      aria-disabled
      aria-setsize={total}
      aria-posinset={index + 1}
      style={rowStyle(index)}
    >
      <span class="hidden">{t.list.loading}</span>
    </div>
  )
}

function RowMarks({ message }: { readonly message: CapturedSummary }) {
  const { t } = useApp()
  const { outcome, warnings } = message
  return (
    <span class="row-marks">
      {outcome !== 'accepted' && <OutcomeBadge message={message} />}
      {warnings > 0 && (
        <span class="warnings" title={t.list.warnings(warnings)}>
          <Icon name="warning" />
          <span aria-hidden="true">{warnings}</span>
          <span class="hidden">{t.list.warnings(warnings)}</span>
        </span>
      )}
    </span>
  )
}

function rowStyle(index: number) {
  return { height: `${ROW_HEIGHT}px`, transform: `translateY(${index * ROW_HEIGHT}px)` }
}

function recipientsOf({ to, recipients }: CapturedSummary, more: (count: number) => string): string {
  const [first = ''] = to
  return recipients > 1 ? `${first} ${more(recipients - 1)}` : first
}
