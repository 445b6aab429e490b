/** What is the same in what is captured of every channel. */
import type { FakeExchange } from '../../core/fake.ts'
import type { CaptureOutcome, Hint, HintCode, InboxChannel } from '../captured.ts'
import type { CaptureDraft } from '../draft.ts'
import { exchangeOf } from '../exchange-text.ts'

export interface Arrived {
  readonly channel: InboxChannel
  readonly provider: string
  /** Epoch milliseconds. */
  readonly at: number
  readonly exchange: FakeExchange
  /** Of the message, of those that one call makes. */
  readonly recipients: readonly string[]
}

type Common = Omit<CaptureDraft, 'title' | 'preview' | 'view' | 'providerIds' | 'files'>

export function commonOf(
  { channel, provider, at, exchange, recipients }: Arrived,
  hints: readonly Hint[] = [],
): Common {
  const { isKept, refusal, fault, request } = exchange
  const code = fault ?? (refusal === undefined ? undefined : shortCode(refusal))
  return {
    ...{ channel, provider, at, isKept },
    recipientList: recipients,
    outcome: outcomeOf(exchange),
    ...(code !== undefined && { code }),
    // Some providers take everything in the query.
    bytes: Buffer.byteLength(request.body === '' ? request.line : request.body),
    exchange: exchangeOf(exchange),
    hints: [...endingHints(exchange), ...hints],
  }
}

export function hint(
  level: Hint['level'],
  code: HintCode,
  said: { readonly detail?: string | number; readonly text: string },
): Hint {
  return { level, code, detail: String(said.detail ?? ''), text: said.text }
}

function outcomeOf({ refusal, fault }: FakeExchange): CaptureOutcome {
  if (fault) return 'lost'
  return refusal === undefined ? 'accepted' : 'refused'
}

function endingHints({ refusal, fault, isKept }: FakeExchange): readonly Hint[] {
  if (fault) {
    const text = `The line failed (${fault}), and the sender was not told that the message was ${isKept ? 'kept' : 'not kept'}`
    return [hint('warning', 'lost', { detail: fault, text })]
  }
  if (refusal === undefined) return []
  return [hint('error', 'refused', { detail: refusal, text: `The provider refused it: ${refusal}` })]
}

/** Of an SMTP reply its numbers; other providers have codes. */
function shortCode(refusal: string): string {
  return /^\d{3}(?: \d\.\d{1,3}\.\d{1,3})?(?=\s|$)/.exec(refusal)?.[0] ?? refusal
}

/** Names in braces and the like that were to be filled in, at most ten. */
export function unfilled(text: string): readonly string[] {
  const found = text.matchAll(
    /\{\{\s*[\w.]{1,40}\s*\}\}|\$\{[\w.]{1,40}\}|\[\[[\w.]{1,40}\]\]|<%=?\s*[\w.]{1,40}\s*%>|\bundefined\b|\[object Object\]|\bNaN\b/g,
  )
  return [...new Set([...found].map(([match]) => match))].slice(0, 10)
}

export function unfilledHints(text: string): readonly Hint[] {
  return unfilled(text).map((name) =>
    hint('error', 'unfilled_variable', { detail: name, text: `Looks as if it was to be filled in: ${name}` }),
  )
}
