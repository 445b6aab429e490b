/** The page as a whole. */
import { useEffect, useMemo, useState } from 'preact/hooks'
import { Header } from './header.tsx'
import { DICTIONARIES, LANGUAGE_TAGS } from './i18n/dictionary.ts'
import { Sidebar } from './list/sidebar.tsx'
import { MessagePane } from './message/message-pane.tsx'
import { Connect } from './panels/connect.tsx'
import { Panels } from './panels/panels.tsx'
import { Toast } from './parts/toast.tsx'
import { AppContext, useApp, type App, type Panel } from './state/app-context.ts'
import type { InboxState } from './state/inbox-state.ts'
import { perform } from './state/perform.ts'
import { filterOf } from './state/route.ts'
import { useArrivals } from './state/use-arrivals.ts'
import { useInbox } from './state/use-inbox.ts'
import { useKeyboard } from './state/use-keyboard.ts'
import { useRoute } from './state/use-route.ts'
import { useSettings } from './state/use-settings.ts'
import { useStream } from './state/use-stream.ts'
import { useToast } from './state/use-toast.ts'

export function Page() {
  const { settings, choose } = useSettings()
  const { route, go } = useRoute()
  const { inbox, state } = useInbox(route)
  const { toast, say } = useToast()
  const [panel, show] = useState<Panel>()
  const [activeId, activate] = useState(route.id)
  const t = DICTIONARIES[settings.language]
  const tag = LANGUAGE_TAGS[settings.language]
  const { announcement, arrive } = useArrivals(t)
  const { connection, armed, version } = useStream(inbox, (event) => {
    if (event.type === 'captured') arrive(event.message)
  })
  const app: App = useMemo(
    () => ({ t, tag, route, go, inbox, armed, toast, say, show }),
    [t, tag, route, go, inbox, armed, toast, say, show],
  )
  useEffect(() => {
    if (route.id) activate(route.id)
  }, [route.id])
  useKeyboard((action) => perform(action, { app, settings, choose, activeId, activate }))
  return (
    <AppContext.Provider value={app}>
      <div class={route.id ? 'page reading' : 'page'}>
        <Header connection={connection} settings={settings} choose={choose} />
        <Sidebar state={state} activeId={activeId} onOpen={({ id }) => go({ ...filterOf(route), id })} />
        <Main state={state} version={version} />
      </div>
      <Panels panel={panel} />
      {!panel && <Toast />}
      <div class="hidden" aria-live="polite">
        {announcement}
      </div>
    </AppContext.Provider>
  )
}

function Main({ state, version }: { readonly state: InboxState; readonly version: number }) {
  const { t, route } = useApp()
  return (
    <main class="main" aria-label={t.message.label}>
      {route.id ? <MessagePane id={route.id} version={version} /> : <Welcome state={state} />}
    </main>
  )
}

/** Where nothing is open: what to choose from, or how to get something. */
function Welcome({ state }: { readonly state: InboxState }) {
  const { t } = useApp()
  const held = Object.values(state.counts).reduce((sum, count) => sum + count, 0)
  if (held > 0) return <p class="placeholder">{t.message.choose}</p>
  if (!state.isLoaded) return null
  return (
    <div class="welcome">
      <Connect intro={t.connect.empty} />
    </div>
  )
}
