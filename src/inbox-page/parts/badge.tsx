/** What became of a message, in a word. */
import type { CapturedSummary } from '../../sandbox/captured.ts'
import { useApp } from '../state/app-context.ts'

export function OutcomeBadge({ message }: { readonly message: CapturedSummary }) {
  const { t } = useApp()
  const { outcome, code } = message
  return (
    <span class={`badge ${outcome}`}>
      {t.outcome[outcome]}
      {code && outcome !== 'accepted' && <code>{code}</code>}
    </span>
  )
}
