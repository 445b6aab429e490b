/** What strict receivers refuse a message for. Sources: RFC 5321 section 2.3.8 (line ends), RFC 5322 sections 2.1.1 and 3.6. */

const MAX_LINE = 998
const REQUIRED = ['From', 'Date', 'Message-ID', 'MIME-Version']
const AT_MOST_ONCE = ['From', 'To', 'Cc', 'Subject', 'Date', 'Message-ID', 'Reply-To']

/** The reply that refuses the message, if it deserves one. */
export function complaint(raw: Buffer): string | undefined {
  const text = raw.toString('latin1')
  if (/(^|[^\r])\n|\r(?!\n)/.test(text)) return '550 5.6.11 Bare line feed or carriage return'
  if (text.split('\r\n').some((line) => line.length > MAX_LINE)) return '554 5.6.0 Line longer than 998 bytes'
  const [head = ''] = text.split('\r\n\r\n')
  const names = [...head.matchAll(/^([!-9;-~]+):/gm)].map(([, name = '']) => name.toLowerCase())
  const count = (name: string) => names.filter((each) => each === name.toLowerCase()).length
  if (names.includes('bcc')) return '554 5.6.0 The message shows its Bcc'
  const missing = REQUIRED.find((name) => count(name) === 0)
  if (missing !== undefined) return `554 5.6.0 The header ${missing} is missing`
  const twice = AT_MOST_ONCE.find((name) => count(name) > 1)
  return twice === undefined ? undefined : `554 5.6.0 The header ${twice} stands twice`
}
