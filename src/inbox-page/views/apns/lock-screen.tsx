/** A push on the lock screen of an iPhone, with those of its thread stacked below. */
import type { ApnsView, CapturedMessage } from '../../../sandbox/captured.ts'
import { formatClock, formatDay } from '../../parts/format.ts'
import { useApp } from '../../state/app-context.ts'
import { useRelated } from '../../state/use-related.ts'
import { ApnsFacts } from './apns-facts.tsx'
import { Banner } from './banner.tsx'

interface LockScreenProps {
  readonly message: CapturedMessage
  readonly view: ApnsView
}

export function LockScreen({ message, view }: LockScreenProps) {
  const { t, tag } = useApp()
  return (
    <div class="side-by-side">
      <section class="phone lock-screen" aria-label={t.apns.phone}>
        <div class="phone-status" aria-hidden="true">
          <span />
          <span class="phone-battery" />
        </div>
        <p class="lock-day">{formatDay(message.at, tag)}</p>
        <p class="lock-clock">{formatClock(message.at, tag)}</p>
        <div class="lock-banners">
          {view.alert ? <Stack message={message} view={view} /> : <Silent view={view} />}
        </div>
        <div class="lock-home" aria-hidden="true" />
      </section>
      <div class="beside">
        <ApnsFacts view={view} />
      </div>
    </div>
  )
}

function Silent({ view }: { readonly view: ApnsView }) {
  const { t } = useApp()
  const isBackground = view.pushType === 'background'
  return (
    <p class="lock-silent">
      <strong>{t.apns.silent}</strong>
      {isBackground ? t.apns.silentNote : t.apns.noTitle}
    </p>
  )
}

/** A phone groups what has the same thread, of the same app. */
function Stack({ message, view }: LockScreenProps) {
  const { t } = useApp()
  const related = useRelated(message, {
    channel: 'apns',
    q: view.token,
    isRelated: (other) => isOfThread(other, view),
  })
  const [first = message, ...others] = [message, ...related.filter(({ id }) => id !== message.id)]
  return (
    <>
      <Banner message={first} view={view} />
      {others.slice(0, 3).map((other) => (
        <StackedBanner key={other.id} message={other} />
      ))}
      {others.length > 0 && <p class="lock-more">{t.apns.stacked(others.length)}</p>}
    </>
  )
}

function StackedBanner({ message }: { readonly message: CapturedMessage }) {
  return message.view?.kind === 'apns' ? <Banner message={message} view={message.view} isStacked /> : null
}

function isOfThread({ view }: CapturedMessage, { threadId, topic }: ApnsView): boolean {
  return view?.kind === 'apns' && Boolean(threadId) && view.threadId === threadId && view.topic === topic
}
