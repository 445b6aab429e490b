/** Above a message: what it is, what became of it, and what can be done with it. */
import { useEffect, useRef } from 'preact/hooks'
import type { CapturedMessage } from '../../sandbox/captured.ts'
import { OutcomeBadge } from '../parts/badge.tsx'
import { Button, CopyButton, IconButton } from '../parts/buttons.tsx'
import { formatBytes, formatFullTime } from '../parts/format.ts'
import { Icon, type IconName } from '../parts/icon.tsx'
import { messageUrl } from '../state/api-client.ts'
import { useApp } from '../state/app-context.ts'
import { filterOf, formatRoute } from '../state/route.ts'
import { useRemove } from '../state/use-remove.ts'

export function MessageHead({ message }: { readonly message: CapturedMessage }) {
  const { t, tag, route, go } = useApp()
  const { channel, provider, at, bytes, title } = message
  const heading = useHeadingFocus(message.id)
  return (
    <header class="message-head">
      <div class="message-line">
        <span class="back">
          <IconButton icon="back" label={t.message.back} onClick={() => go(filterOf(route))} />
        </span>
        <span class={`channel ${channel}`} title={t.channels[channel]}>
          <Icon name={channel} />
        </span>
        <h2 ref={heading} id="message-title" tabIndex={-1}>
          {title || t.list.noTitle}
        </h2>
        <OutcomeBadge message={message} />
      </div>
      <p class="message-meta">
        <span>{provider}</span>
        <time>{formatFullTime(at, tag)}</time>
        <span>{formatBytes(bytes)}</span>
        {message.recipients > 1 && <span>{t.message.recipients(message.recipients)}</span>}
        {message.isKept && message.outcome !== 'accepted' && <span>{t.message.kept}</span>}
      </p>
      <Toolbar message={message} />
    </header>
  )
}

/** On a phone the message takes the place of the list, and the focus with it. */
function useHeadingFocus(id: string) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    if (!document.getElementById('list')?.offsetParent) heading.current?.focus({ preventScroll: true })
  }, [id])
  return heading
}

function Toolbar({ message }: { readonly message: CapturedMessage }) {
  const { t, show } = useApp()
  const { id, channel, provider } = message
  const remove = useRemove()
  const link = `${location.origin}/${formatRoute({ id })}`
  return (
    <div class="toolbar">
      <CopyButton text={link} label={t.message.copyLink} />
      {channel === 'email' && message.view && (
        <DownloadLink
          icon="download"
          href={messageUrl(id, 'raw')}
          name={`${id}.eml`}
          text={t.message.source}
        />
      )}
      <DownloadLink
        icon="download"
        href={messageUrl(id, 'download')}
        name={`${id}.json`}
        text={t.message.json}
      />
      <Button icon="bolt" onClick={() => show({ name: 'failures', provider })}>
        {t.message.failNext}
      </Button>
      <Button icon="trash" kind="danger" onClick={() => void remove(id)}>
        {t.message.remove}
      </Button>
    </div>
  )
}

interface DownloadLinkProps {
  readonly icon: IconName
  readonly href: string
  readonly name: string
  readonly text: string
}

function DownloadLink({ icon, href, name, text }: DownloadLinkProps) {
  return (
    <a class="button" href={href} download={name}>
      <Icon name={icon} />
      <span class="text">{text}</span>
    </a>
  )
}
