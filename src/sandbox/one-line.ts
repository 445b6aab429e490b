/** The beginning of a text as one line, for lists. */

const LONGEST = 140

export function oneLine(text: string, longest = LONGEST): string {
  const line = text
    .slice(0, 4 * longest)
    .replace(/\s+/g, ' ')
    .trim()
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line
}
