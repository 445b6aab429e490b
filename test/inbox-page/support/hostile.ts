/** Messages that try to run a script in whoever looks at them, in every field that there is. */
import type { CapturedMessage } from '../../../src/sandbox/captured.ts'
import { exampleMessages } from './example-messages.ts'

const ATTACKS = [
  '<img src=x onerror="window.__hacked=1">',
  '"><script>window.__hacked=1;alert(1)</script>',
  'javascript:window.__hacked=1;alert(1)',
  "'><svg/onload=alert(1)>",
  '</pre></title></textarea><iframe srcdoc="<script>parent.__hacked=1</script>">',
  '{{constructor.constructor("alert(1)")()}}',
  '\u202e<a href="javascript:alert(1)">click</a>',
]

/** Words that the page goes by: with anything else it would not get as far as to show the rest. */
const KEPT = new Set([
  'id',
  'kind',
  'channel',
  'outcome',
  'encoding',
  'region',
  'currency',
  'level',
  'interruptionLevel',
])

export function hostileMessages(): readonly CapturedMessage[] {
  return exampleMessages().map((message) => poisoned(message, { at: 0 }) as CapturedMessage)
}

function poisoned(value: unknown, turn: { at: number }): unknown {
  if (typeof value === 'string') return `${ATTACKS[turn.at++ % ATTACKS.length]}`
  if (Array.isArray(value)) return (value as unknown[]).map((each) => poisoned(each, turn))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value as Record<string, unknown>).map(([name, each]) => {
    const isKept = KEPT.has(name) && !('acks' in value && name === 'channel')
    return [name, isKept ? each : poisoned(each, turn)]
  })
  return Object.fromEntries(entries) as unknown
}
