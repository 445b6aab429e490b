/** Whichever panel is open. */
import { Dialog } from '../parts/dialog.tsx'
import { useApp, type Panel } from '../state/app-context.ts'
import { ClearPanel } from './clear-panel.tsx'
import { Connect } from './connect.tsx'
import { Failures } from './failures/failures.tsx'
import { HelpPanel } from './help-panel.tsx'

export function Panels({ panel }: { readonly panel: Panel | undefined }) {
  const { t } = useApp()
  switch (panel?.name) {
    case undefined:
      return null
    case 'failures':
      return (
        <Dialog title={t.failures.title} kind="drawer">
          <Failures preset={panel.provider} />
        </Dialog>
      )
    case 'connect':
      return (
        <Dialog title={t.connect.title} kind="drawer">
          <Connect intro={t.connect.intro} />
        </Dialog>
      )
    case 'help':
      return (
        <Dialog title={t.help.title} kind="box">
          <HelpPanel />
        </Dialog>
      )
    case 'clear':
      return (
        <Dialog title={t.clear.title} kind="box">
          <ClearPanel />
        </Dialog>
      )
  }
}
