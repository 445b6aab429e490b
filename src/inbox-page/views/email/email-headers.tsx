/** The headers of an e-mail, and the envelope that they do not tell of. */
import type { EmailView } from '../../../sandbox/captured.ts'
import { Facts } from '../../parts/facts.tsx'
import { NameValueTable } from '../../parts/name-value-table.tsx'
import { useApp } from '../../state/app-context.ts'

export function EmailHeaders({ view }: { readonly view: EmailView }) {
  const { t } = useApp()
  const { envelope } = view
  return (
    <>
      <h3>{t.email.envelope}</h3>
      <Facts
        facts={[
          ['MAIL FROM', envelope.from],
          ['RCPT TO', envelope.to.join(', ')],
        ]}
      />
      <h3>{t.tabs.headers}</h3>
      <NameValueTable rows={view.headers} />
    </>
  )
}
