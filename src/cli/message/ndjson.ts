/** Messages as newline-delimited JSON: one object a line; blank lines are passed over. */
import { linesOf } from './lines.ts'
import type { Item } from './item.ts'
import type { Fields } from './set-path.ts'

export async function* ndjsonItems(stream: AsyncIterable<unknown>): AsyncGenerator<Item, void, undefined> {
  for await (const { number: line, text, fault } of linesOf(stream)) {
    if (fault !== undefined) yield { line, fault: `line ${line} ${fault}` }
    else if (text.trim() !== '') yield itemOf(line, text)
  }
}

/** Without the engine's own words, which would quote the line. */
function itemOf(line: number, text: string): Item {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { line, fault: `line ${line} is no valid JSON` }
  }
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject ? { line, fields: value as Fields } : { line, fault: `line ${line} is no JSON object` }
}
