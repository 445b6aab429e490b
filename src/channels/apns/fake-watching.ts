/** Tells whoever watches the fake what went over a stream. */
import { headerTexts, type FakeFault, type FakeWatch } from '../../core/fake.ts'
import { toFakePush, tokenOf, type FakePush } from './fake-rules.ts'
import type { Answer, Arrival } from './fake-server.ts'

interface End {
  readonly isKept: boolean
  readonly reply?: Answer
  readonly fault?: FakeFault
}

export function tell({ exchanged }: FakeWatch<FakePush>, arrival: Arrival, end: End): void {
  if (!exchanged) return
  const { headers, body } = arrival
  const { ':method': method = '', ':path': path = '' } = headers
  const apnsId = headers['apns-id'] ?? end.reply?.headers?.['apns-id'] ?? ''
  exchanged({
    messages: [toFakePush(headers, body, String(apnsId))],
    isKept: end.isKept,
    recipients: [tokenOf(headers)],
    request: { line: `${method} ${path} HTTP/2`, headers: headerTexts(headers), body: body.toString() },
    ...(end.fault && { fault: end.fault }),
    ...(end.reply && answerOf(end.reply)),
  })
}

function answerOf({ status, headers = {}, body = '' }: Answer) {
  const response = { line: `HTTP/2 ${status}`, headers, body }
  if (status === 200) return { response }
  return { response, refusal: /"reason":"(\w+)"/.exec(body)?.[1] ?? String(status) }
}
