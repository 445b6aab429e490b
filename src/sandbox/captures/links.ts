/** The links of an e-mail, and what is wrong with them. Finds what authors write; what a browser makes of worse HTML may differ. */
import { isLoopback } from '../../core/loopback.ts'
import { runsScript, schemeOf } from '../../core/plain-text.ts'
import type { EmailLink } from '../captured.ts'
import { oneLine } from '../one-line.ts'
import { unfilled } from './capture.ts'

const MOST = 200
/** Longer HTML is looked at up to here. */
const LONGEST = 500_000
const TAG = /<a\s[^<>]*?href\s*=\s*(?:"([^"<>]*)"|'([^'<>]*)'|([^\s"'<>]+))[^<>]*>([^<]*)/gi

export function linksInHtml(html: string): EmailLink[] {
  const found = html.slice(0, LONGEST).matchAll(TAG)
  return take(found).map(([, double, single, bare, text]) =>
    linkOf(decoded(double ?? single ?? bare ?? ''), text ?? ''),
  )
}

export function linksInText(text: string): EmailLink[] {
  return take(text.slice(0, LONGEST).matchAll(/\bhttps?:\/\/[^\s<>"')\]]+/gi)).map(([href]) =>
    linkOf(href, ''),
  )
}

function take(found: Iterable<RegExpExecArray>): RegExpExecArray[] {
  const taken: RegExpExecArray[] = []
  for (const one of found) {
    if (taken.length === MOST) break
    taken.push(one)
  }
  return taken
}

function linkOf(written: string, text: string): EmailLink {
  const href = written.trim()
  const problem = problemOf(href)
  return { href: href.slice(0, 2_000), text: oneLine(decoded(text)), ...(problem && { problem }) }
}

function problemOf(href: string): EmailLink['problem'] {
  if (unfilled(href).length > 0) return 'unfilled'
  if (runsScript(href)) return 'script'
  const scheme = schemeOf(href)
  if (scheme === undefined) return href.startsWith('#') && href.length > 1 ? undefined : 'not_absolute'
  if (!['http', 'https'].includes(scheme)) return undefined
  return problemOfUrl(href)
}

function problemOfUrl(href: string): EmailLink['problem'] {
  if (!URL.canParse(href)) return 'malformed'
  const { protocol, hostname } = new URL(href)
  if (isLoopback(hostname)) return 'local'
  return protocol === 'http:' ? 'insecure' : undefined
}

function decoded(text: string): string {
  return text
    .replace(/&amp;/g, '&')
    .replace(/&quot;/g, '"')
    .replace(/&#0*39;|&apos;/g, "'")
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
}
