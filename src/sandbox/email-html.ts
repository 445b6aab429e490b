/**
 * The HTML of a captured e-mail as a document that can do nothing: no script, no request, no form. The page shows it in a
 * sandboxed frame besides.
 */
import type { StoredFile } from './draft.ts'

/** `sandbox` makes it a stranger to the page that shows it, also when it is opened by itself. */
export const EMAIL_CSP =
  "default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:; sandbox; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"

const IMAGE = /^image\/(png|jpe?g|gif|webp|avif|bmp|svg\+xml)$/i
const MAX_INLINE = 5_000_000

/** Mail without rules of its own for the dark is shown as programs that turn it over do. */
const TURNED_OVER =
  '<style>html{filter:invert(1) hue-rotate(180deg);background:#fff}img,video,[style*="background-image"]{filter:invert(1) hue-rotate(180deg)}</style>'

export interface EmailHtmlOptions {
  readonly theme: 'light' | 'dark'
  /** By `cid:` and the content id. */
  readonly file: (name: string) => StoredFile | undefined
}

export function emailDocument(html: string, { theme, file }: EmailHtmlOptions): string {
  const whole = html.replace(/\bcid:([^\s"'<>)]{1,250})/gi, (written, id: string) => {
    const found = file(`cid:${decode(id)}`)
    const isShown = found && IMAGE.test(found.type) && found.content.length <= MAX_INLINE
    return isShown ? `data:${found.type};base64,${found.content.toString('base64')}` : written
  })
  if (theme === 'light') return whole
  const scheme = '<meta name="color-scheme" content="dark">'
  const hasOwn = /prefers-color-scheme\s*:\s*dark/i.test(whole)
  return hasOwn
    ? `${scheme}${whole.replace(/\(\s*prefers-color-scheme\s*:\s*dark\s*\)/gi, '(min-width: 0)')}`
    : `${TURNED_OVER}${whole}`
}

function decode(id: string): string {
  try {
    return decodeURIComponent(id)
  } catch {
    return id
  }
}
