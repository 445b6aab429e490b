/** What a push carries besides its text. */
import type { ApnsView } from '../../../sandbox/captured.ts'
import type { Dictionary } from '../../i18n/english.ts'
import { Facts } from '../../parts/facts.tsx'
import { formatFullTime } from '../../parts/format.ts'
import { useApp } from '../../state/app-context.ts'

export function ApnsFacts({ view }: { readonly view: ApnsView }) {
  const { t, tag } = useApp()
  const { apns } = t
  return (
    <Facts
      facts={[
        [apns.topic, view.topic],
        [apns.level, levelOf(view, apns)],
        [apns.sound, view.sound ?? apns.noSound],
        [apns.badge, view.badge],
        [apns.thread, view.threadId],
        [apns.category, view.category],
        [apns.pushType, view.pushType],
        [apns.priority, view.priority],
        [apns.expiration, view.expiration ? formatFullTime(view.expiration * 1_000, tag) : view.expiration],
        [apns.collapseId, view.collapseId],
        ['apns-id', <code>{view.apnsId}</code>],
        [apns.token, <code>{view.token}</code>],
      ]}
    />
  )
}

function levelOf({ interruptionLevel }: ApnsView, apns: Dictionary['apns']): string {
  return interruptionLevel === 'passive' ? apns.passive : interruptionLevel
}
