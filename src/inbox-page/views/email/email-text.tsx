/** The plain text part of an e-mail. */
import type { EmailView } from '../../../sandbox/captured.ts'
import { useApp } from '../../state/app-context.ts'

export function EmailText({ view }: { readonly view: EmailView }) {
  const { t } = useApp()
  if (view.text === undefined) return <p class="note">{t.email.noText}</p>
  return <div class="plain-text">{view.text}</div>
}
