/** Percent-encoding in DSNs: what must be written how, told without ever quoting what was written. */

const NAMES: Readonly<Record<string, string>> = { ' ': 'a space', '\t': 'a tab', '\n': 'a line break' }

/** Such as `"@" is written %40 in a user name or password`. */
export function mustBeEncoded(char: string, where: string): string {
  const name = NAMES[char] ?? (/[\x21-\x7e]/.test(char) ? `"${char}"` : 'a control character')
  const code = char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')
  return `${name} is written %${code} in ${where}`
}

export type Decoded = { readonly text: string } | { readonly fault: string }

/** @param where names what it is, such as `a password` */
export function decode(encoded: string, where: string): Decoded {
  if (/%(?![0-9a-f]{2})/i.test(encoded)) return { fault: mustBeEncoded('%', where) }
  try {
    return { text: decodeURIComponent(encoded) }
  } catch {
    return { fault: `the bytes after "%" are no UTF-8 in ${where}; a "%" of its own is written %25` }
  }
}
