/** One message of a timeline, with who has acknowledged it. */
import type { CapturedMessage, WebSocketAck, WebSocketView } from '../../../sandbox/captured.ts'
import { CodeBlock } from '../../parts/code-block.tsx'
import { formatMs, formatTime, prettyJson } from '../../parts/format.ts'
import { Icon } from '../../parts/icon.tsx'
import { SafeLink } from '../../parts/safe-link-text.tsx'
import { useApp } from '../../state/app-context.ts'

interface TimelineEntryProps {
  readonly message: CapturedMessage
  readonly isThisOne: boolean
}

export function TimelineEntry({ message, isThisOne }: TimelineEntryProps) {
  const { t } = useApp()
  const { view } = message
  if (view?.kind !== 'websocket') return null
  return (
    <li class={isThisOne ? 'moment current' : 'moment'} aria-current={isThisOne}>
      <MomentHead message={message} view={view} isThisOne={isThisOne} />
      <MomentText view={view} preview={message.preview} />
      <Acks acks={view.acks} sentAt={message.at} />
      {isThisOne && <CodeBlock label={t.websocket.data} text={prettyJson(view.data)} />}
    </li>
  )
}

function MomentHead({ message, view, isThisOne }: TimelineEntryProps & { readonly view: WebSocketView }) {
  const { t, tag, route, go } = useApp()
  const title = message.title || view.type || t.list.noTitle
  return (
    <p class="moment-head">
      <time>{formatTime(message.at, Date.now(), tag)}</time>
      {isThisOne ? (
        <strong>{title}</strong>
      ) : (
        <button type="button" class="link-button" onClick={() => go({ ...route, id: message.id })}>
          {title}
        </button>
      )}
      {view.type && <span class="chip">{view.type}</span>}
      {isThisOne && <span class="chip here">{t.websocket.thisOne}</span>}
    </p>
  )
}

function MomentText({ view, preview }: { readonly view: WebSocketView; readonly preview: string }) {
  return (
    <>
      <p class="moment-body">{view.body ?? preview}</p>
      {view.url && (
        <p class="link-href">
          <SafeLink href={view.url} />
        </p>
      )}
    </>
  )
}

function Acks({ acks, sentAt }: { readonly acks: readonly WebSocketAck[]; readonly sentAt: number }) {
  const { t } = useApp()
  if (acks.length === 0) return <p class="quiet">{t.websocket.noAcks}</p>
  return (
    <ul class="acks" aria-label={t.websocket.acks}>
      {acks.map(({ user, device, type, at }, index) => (
        <li key={index} class={`ack ${type}`}>
          <Icon name="check" />
          <span>
            {user} · {device || t.websocket.noDevice}
          </span>
          <strong>{t.websocket[type]}</strong>
          <span class="quiet">+{formatMs(at - sentAt)}</span>
        </li>
      ))}
    </ul>
  )
}
