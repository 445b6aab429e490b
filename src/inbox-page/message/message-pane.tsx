/** The right side: the message that is open, or why there is none. */
import { useState } from 'preact/hooks'
import type { CapturedMessage } from '../../sandbox/captured.ts'
import { IconButton } from '../parts/buttons.tsx'
import { Tabs } from '../parts/tabs.tsx'
import { useApp } from '../state/app-context.ts'
import { filterOf } from '../state/route.ts'
import { useMessage } from '../state/use-message.ts'
import { MessageHead } from './message-head.tsx'
import { tabsOf } from './tabs-of.tsx'

export function MessagePane({ id, version }: { readonly id: string; readonly version: number }) {
  const { t } = useApp()
  const loaded = useMessage(id, version)
  // Of each kind of message, the view that was looked at last.
  const [chosen, setChosen] = useState<Readonly<Record<string, string>>>({})
  if (loaded.status !== 'loaded') return <NoMessage text={t.message[loaded.status]} />
  const { message } = loaded
  return (
    <article class="message" data-id={message.id} aria-labelledby="message-title">
      <MessageHead message={message} />
      {!message.view && <p class="note">{t.message.noView}</p>}
      <MessageTabs
        message={message}
        chosen={chosen[message.channel] ?? ''}
        onChoose={(name) => setChosen({ ...chosen, [message.channel]: name })}
      />
    </article>
  )
}

interface MessageTabsProps {
  readonly message: CapturedMessage
  readonly chosen: string
  readonly onChoose: (name: string) => void
}

function MessageTabs({ message, chosen, onChoose }: MessageTabsProps) {
  const { t } = useApp()
  return (
    <Tabs
      key={message.id}
      label={t.message.views}
      tabs={tabsOf(message, t)}
      chosen={chosen}
      onChoose={onChoose}
    />
  )
}

function NoMessage({ text }: { readonly text: string }) {
  const { t, route, go } = useApp()
  return (
    <div class="placeholder">
      <span class="back">
        <IconButton icon="back" label={t.message.back} onClick={() => go(filterOf(route))} />
      </span>
      <p>{text}</p>
    </div>
  )
}
