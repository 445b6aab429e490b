/** The files that came with an e-mail. */
import type { EmailView } from '../../../sandbox/captured.ts'
import { formatBytes } from '../../parts/format.ts'
import { Icon } from '../../parts/icon.tsx'
import { messageUrl } from '../../state/api-client.ts'
import { useApp } from '../../state/app-context.ts'

export function Attachments({ id, view }: { readonly id: string; readonly view: EmailView }) {
  const { t } = useApp()
  if (view.attachments.length === 0) return <p class="note">{t.email.noAttachments}</p>
  return (
    <ul class="files">
      {view.attachments.map(({ name, type, bytes, isInline }, index) => (
        <li key={index}>
          <a href={messageUrl(id, `attachments/${index}`)} download={name || `attachment-${index}`}>
            <Icon name="file" />
            <span class="file-name">{name || `attachment-${index}`}</span>
            <span class="quiet">
              {type} · {formatBytes(bytes)}
              {isInline && ` · ${t.email.inline}`}
            </span>
            <Icon name="download" />
          </a>
        </li>
      ))}
    </ul>
  )
}
