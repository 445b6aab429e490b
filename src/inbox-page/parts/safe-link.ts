/** Addresses from messages, before they may be followed. Pure. */

const HARMLESS = ['http:', 'https:', 'mailto:']

/** The address as a browser reads it, where following it can do no harm; otherwise nothing. */
export function safeHref(href: string): string | undefined {
  if (!URL.canParse(href)) return undefined
  const url = new URL(href)
  return HARMLESS.includes(url.protocol) ? url.href : undefined
}
