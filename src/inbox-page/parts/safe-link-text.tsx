/** An address from a message: to follow where that is harmless, otherwise only to read. */
import { safeHref } from './safe-link.ts'

export function SafeLink({ href }: { readonly href: string }) {
  const safe = safeHref(href)
  if (!safe) return <>{href}</>
  return (
    <a href={safe} target="_blank" rel="noreferrer noopener">
      {href}
    </a>
  )
}
