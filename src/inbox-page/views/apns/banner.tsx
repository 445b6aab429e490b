/** One notification, as it lies on the lock screen. */
import type { ApnsView, CapturedMessage } from '../../../sandbox/captured.ts'
import { useApp } from '../../state/app-context.ts'
import { formatClock } from '../../parts/format.ts'
import { appNameOf } from './app-name.ts'

interface BannerProps {
  readonly message: CapturedMessage
  readonly view: ApnsView
  /** Belongs to the same thread as the one above. */
  readonly isStacked?: boolean
}

export function Banner({ message, view, isStacked = false }: BannerProps) {
  const { tag } = useApp()
  const { alert, badge } = view
  const name = appNameOf(view.topic)
  return (
    <div class={isStacked ? 'banner stacked' : 'banner'}>
      <span class="banner-icon" aria-hidden="true">
        {[...name][0]}
        {badge ? <span class="banner-badge">{badge}</span> : null}
      </span>
      <div class="banner-text">
        <p class="banner-head">
          <span class="banner-app">{name}</span>
          <time>{formatClock(message.at, tag)}</time>
        </p>
        <LevelMark view={view} />
        {alert?.title && <p class="banner-title">{alert.title}</p>}
        {alert?.subtitle && <p class="banner-subtitle">{alert.subtitle}</p>}
        {alert?.body && <p class="banner-body">{alert.body}</p>}
      </div>
    </div>
  )
}

function LevelMark({ view }: { readonly view: ApnsView }) {
  const { t } = useApp()
  const { interruptionLevel, isCritical } = view
  if (isCritical || interruptionLevel === 'critical')
    return <p class="banner-level critical">{t.apns.critical}</p>
  if (interruptionLevel === 'time-sensitive') return <p class="banner-level">{t.apns.timeSensitive}</p>
  return null
}
