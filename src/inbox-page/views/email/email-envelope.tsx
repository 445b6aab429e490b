/** From whom, to whom: what a reader shows above an e-mail. */
import type { EmailView, MailAddress } from '../../../sandbox/captured.ts'
import { Facts } from '../../parts/facts.tsx'
import { useApp } from '../../state/app-context.ts'

export function EmailEnvelope({ view }: { readonly view: EmailView }) {
  const { t } = useApp()
  return (
    <div class="email-envelope">
      <p class="email-subject">{view.subject || t.email.noSubject}</p>
      <Facts
        facts={[
          [t.email.from, listOf(view.from)],
          [t.email.to, listOf(view.to)],
          [t.email.cc, listOf(view.cc)],
          [t.email.replyTo, listOf(view.replyTo)],
          [t.email.date, view.date],
        ]}
      />
    </div>
  )
}

function listOf(addresses: readonly MailAddress[]): string {
  return addresses.map(({ name, address }) => (name ? `${name} <${address}>` : address)).join(', ')
}
