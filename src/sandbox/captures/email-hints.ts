/** What is wrong with an e-mail, or will be. */
import type { EmailLink, EmailView, Hint, HintCode } from '../captured.ts'
import { hint, unfilledHints } from './capture.ts'

/** Gmail shows no more of the HTML. Source: https://developers.google.com/workspace/gmail/design (read 2026-11-23). */
const GMAIL_CLIPS_AT = 102 * 1_024
/** What phones show of a subject, in characters; about. */
const LONG_SUBJECT = 70

interface Contents {
  readonly html: string
  readonly bytes: number
}

export function emailHints(view: EmailView, contents: Contents): Hint[] {
  return [...headHints(view), ...linkHints(view), ...htmlHints(view, contents)]
}

function headHints({ subject, hasHtml, text, headers }: EmailView): Hint[] {
  const hints: Hint[] = [...unfilledHints(`${subject}\n${text ?? ''}`)]
  if (subject.trim() === '') hints.push(hint('warning', 'no_subject', { text: 'There is no subject' }))
  if (subject.length > LONG_SUBJECT) {
    const said = `${subject.length} characters: phones show about the first ${LONG_SUBJECT} of a subject`
    hints.push(hint('info', 'long_subject', { detail: subject.length, text: said }))
  }
  if (hasHtml && (text ?? '').trim() === '') {
    hints.push(
      hint('warning', 'no_plain_text', {
        text: 'There is no plain-text part: spam filters mind, and some read no HTML',
      }),
    )
  }
  if (!hasHtml) hints.push(hint('info', 'no_html', { text: 'There is no HTML part' }))
  const isBulk = headers.some(([name]) => /^(list-id|precedence|feedback-id)$/i.test(name))
  const canLeave = headers.some(([name]) => /^list-unsubscribe$/i.test(name))
  if (isBulk && !canLeave) {
    hints.push(
      hint('warning', 'no_unsubscribe', {
        text: 'Bulk mail without List-Unsubscribe: Gmail and Yahoo refuse it',
      }),
    )
  }
  return hints
}

const LINK_HINTS: Readonly<
  Record<NonNullable<EmailLink['problem']>, readonly [Hint['level'], HintCode, string]>
> = {
  not_absolute: ['error', 'broken_link', 'leads nowhere: it is no absolute URL'],
  malformed: ['error', 'broken_link', 'is no URL'],
  unfilled: ['error', 'broken_link', 'looks as if it was to be filled in'],
  script: ['error', 'broken_link', 'runs a script; mail programs remove it'],
  insecure: ['warning', 'insecure_link', 'is http and not https'],
  local: ['warning', 'local_link', 'leads to the reader’s own machine'],
}

function linkHints({ links }: EmailView): Hint[] {
  const found = links.flatMap(({ href, problem }) => {
    if (!problem) return []
    const [level, code, text] = LINK_HINTS[problem]
    return [hint(level, code, { detail: href.slice(0, 200), text: `The link ${text}` })]
  })
  return found.slice(0, 20)
}

function htmlHints({ hasHtml }: EmailView, { html, bytes }: Contents): Hint[] {
  if (!hasHtml) return []
  const hints: Hint[] = []
  const htmlBytes = Buffer.byteLength(html)
  if (htmlBytes > GMAIL_CLIPS_AT) {
    const text = `The HTML takes ${Math.round(htmlBytes / 1024)} kB; Gmail cuts it off at 102 kB`
    hints.push(hint('warning', 'large_message', { detail: bytes, text }))
  }
  const start = html.slice(0, 500_000)
  if (/<script\b|\son[a-z]{3,20}\s*=/i.test(start)) {
    hints.push(hint('warning', 'script_removed', { text: 'Holds a script, which mail programs remove' }))
  }
  const remote = new Set(
    [...start.matchAll(/\ssrc\s*=\s*["']?(https?:\/\/[^\s"'<>]{1,500})/gi)].map(([, url]) => url),
  )
  if (remote.size > 0) {
    const text = `${remote.size} remote images or files, which many mail programs do not load, and this page never`
    hints.push(hint('info', 'remote_content', { detail: remote.size, text }))
  }
  const images = [...start.matchAll(/<img\b[^<>]*>/gi)].filter(([tag]) => !/\salt\s*=/i.test(tag))
  if (images.length > 0) {
    const text = `${images.length} images have no alt text for those who see none`
    hints.push(hint('info', 'missing_alt', { detail: images.length, text }))
  }
  return hints
}
