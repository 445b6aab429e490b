/** An e-mail as a reader on a desktop or a phone shows it. The frame may do nothing at all: its sandbox allows nothing. */
import { useState } from 'preact/hooks'
import type { EmailView } from '../../../sandbox/captured.ts'
import { messageUrl } from '../../state/api-client.ts'
import { useApp } from '../../state/app-context.ts'
import { EmailEnvelope } from './email-envelope.tsx'
import { EmailText } from './email-text.tsx'

interface EmailFrameProps {
  readonly id: string
  readonly view: EmailView
  readonly device: 'desktop' | 'phone'
}

export function EmailFrame({ id, view, device }: EmailFrameProps) {
  const { t } = useApp()
  const [isDark, setDark] = useState(false)
  const src = `${messageUrl(id, 'html')}${isDark ? '?theme=dark' : ''}`
  return (
    <>
      <div class="email-bar">
        <EmailEnvelope view={view} />
        {view.hasHtml && (
          <label class="switch">
            <input type="checkbox" checked={isDark} onChange={() => setDark(!isDark)} />
            {t.email.darkMode}
          </label>
        )}
      </div>
      {view.hasHtml ? (
        <div class={`email-device ${device}`}>
          <iframe key={src} title={t.email.frame} sandbox="" src={src} class={isDark ? 'dark' : ''} />
        </div>
      ) : (
        <>
          <p class="note">{t.email.noHtml}</p>
          <EmailText view={view} />
        </>
      )}
    </>
  )
}
