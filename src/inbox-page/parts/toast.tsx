/** Says what has just been done. Within a dialog too: what lies outside of an open one is not read out. */
import { useApp } from '../state/app-context.ts'

export function Toast() {
  const { toast } = useApp()
  return (
    <div class={toast ? 'toast shown' : 'toast'} role="status" aria-live="polite">
      {toast}
    </div>
  )
}
