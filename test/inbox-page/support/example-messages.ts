/** One message of every kind, as the sandbox would tell it, and some in which something is wrong. */
import type { CapturedMessage, CapturedSummary } from '../../../src/sandbox/captured.ts'
import { apnsExamples } from './example-apns.ts'
import { emailExamples } from './example-emails.ts'
import { smsExamples } from './example-sms.ts'
import { websocketExamples } from './example-websocket.ts'
import { wechatExamples } from './example-wechat.ts'

/** Newest last. */
export function exampleMessages(): readonly CapturedMessage[] {
  const all = [
    ...websocketExamples(),
    ...smsExamples(),
    ...wechatExamples(),
    ...apnsExamples(),
    ...emailExamples(),
  ]
  return all.toSorted((one, other) => (one.id < other.id ? -1 : 1))
}

/** Many short ones, oldest first. */
export function manyMessages(count: number): readonly CapturedMessage[] {
  const [sample] = smsExamples()
  if (!sample) throw new Error('There is no example')
  return Array.from({ length: count }, (_, index) => ({
    ...sample,
    id: idOf(index + 1),
    at: sample.at - (count - index) * 1_000,
    title: `Message ${index + 1}`,
    preview: `Number ${index + 1} of ${count}`,
  }))
}

export function summaryOf(message: CapturedMessage): CapturedSummary {
  const { id, channel, provider, at, to, recipients, title, preview, outcome, code, warnings } = message
  const given = { id, channel, provider, at, to, recipients, title, preview, outcome, warnings }
  return code === undefined ? given : { ...given, code }
}

/** As the sandbox makes them: ordered by time. */
export function idOf(number: number): string {
  return `0199${String(number).padStart(8, '0')}-7000-8000-000000000000`
}
