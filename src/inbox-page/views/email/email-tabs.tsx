/** The tabs of an e-mail. */
import type { CapturedMessage, EmailView } from '../../../sandbox/captured.ts'
import type { Dictionary } from '../../i18n/english.ts'
import type { Tab } from '../../parts/tabs.tsx'
import { Attachments } from './attachments.tsx'
import { EmailFrame } from './email-frame.tsx'
import { EmailHeaders } from './email-headers.tsx'
import { EmailLinks } from './email-links.tsx'
import { EmailSource } from './email-source.tsx'
import { EmailText } from './email-text.tsx'

export function emailTabs({ id }: CapturedMessage, view: EmailView, { tabs }: Dictionary): readonly Tab[] {
  return [
    {
      name: 'desktop',
      label: tabs.desktop,
      content: () => <EmailFrame id={id} view={view} device="desktop" />,
    },
    { name: 'phone', label: tabs.phone, content: () => <EmailFrame id={id} view={view} device="phone" /> },
    { name: 'text', label: tabs.text, content: () => <EmailText view={view} /> },
    { name: 'headers', label: tabs.headers, content: () => <EmailHeaders view={view} /> },
    { name: 'source', label: tabs.source, content: () => <EmailSource key={id} id={id} /> },
    {
      name: 'attachments',
      label: tabs.attachments,
      count: view.attachments.length,
      content: () => <Attachments id={id} view={view} />,
    },
    {
      name: 'links',
      label: tabs.links,
      count: view.links.length,
      isAlarming: view.links.some(({ problem }) => problem),
      content: () => <EmailLinks view={view} />,
    },
  ]
}
