/** The links of an e-mail, and what is wrong with them. */
import type { EmailLink, EmailView } from '../../../sandbox/captured.ts'
import { SafeLink } from '../../parts/safe-link-text.tsx'
import { Icon } from '../../parts/icon.tsx'
import { useApp } from '../../state/app-context.ts'

export function EmailLinks({ view }: { readonly view: EmailView }) {
  const { t } = useApp()
  if (view.links.length === 0) return <p class="note">{t.email.noLinks}</p>
  return (
    <ul class="links">
      {view.links.map((link, index) => (
        <LinkLine key={index} link={link} />
      ))}
    </ul>
  )
}

function LinkLine({ link }: { readonly link: EmailLink }) {
  const { t } = useApp()
  const { href, text, problem } = link
  return (
    <li class={problem ? 'troubled' : ''}>
      <Icon name={problem ? 'warning' : 'link'} />
      <div>
        <p class="link-text">{text || '—'}</p>
        <p class="link-href">{problem === 'script' ? href : <SafeLink href={href} />}</p>
        {problem && <p class="link-problem">{t.email.problems[problem]}</p>}
      </div>
    </li>
  )
}
