/** What a user or a topic has been sent over WebSocket, in its order, and who has it. */
import type { CapturedMessage, WebSocketView } from '../../../sandbox/captured.ts'
import type { Dictionary } from '../../i18n/english.ts'
import { Facts } from '../../parts/facts.tsx'
import { useApp } from '../../state/app-context.ts'
import { useRelated } from '../../state/use-related.ts'
import { TimelineEntry } from './timeline-entry.tsx'

interface TimelineProps {
  readonly message: CapturedMessage
  readonly view: WebSocketView
}

export function Timeline({ message, view }: TimelineProps) {
  const { t } = useApp()
  const { channel, connections, isStored } = view
  const related = useRelated(message, {
    channel: 'websocket',
    q: channel,
    isRelated: (other) => other.view?.kind === 'websocket' && other.view.channel === channel,
  })
  return (
    <>
      <Facts
        facts={[
          [t.websocket.target, targetOf(view, t.websocket)],
          [t.websocket.channel, <code>{channel}</code>],
          [t.websocket.connections, connections ?? t.websocket.unknownConnections],
          [t.trace.deliveryState, isStored ? t.websocket.stored : t.websocket.notStored],
        ]}
      />
      <ol class="timeline" aria-label={t.websocket.timeline(channel)}>
        {related.toReversed().map((each) => (
          <TimelineEntry key={each.id} message={each} isThisOne={each.id === message.id} />
        ))}
      </ol>
    </>
  )
}

function targetOf({ target, channel }: WebSocketView, texts: Dictionary['websocket']): string {
  if (target.user !== undefined) return texts.user(target.user)
  if (target.topic !== undefined) return texts.topic(target.topic)
  return target.all ? texts.all : channel
}
