/** What both SMS fakes tell of a call that sends. */
import type { FakeExchange, PlannedFault } from '../../core/fake.ts'

interface Request {
  readonly method: string
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

interface Course<Message> {
  readonly reply: {
    readonly status: number
    readonly headers?: Readonly<Record<string, string>>
    readonly body: string
  }
  readonly fault?: PlannedFault
  readonly messages?: readonly Message[] | undefined
  readonly isKept: boolean
  /** The code of the reply, where it is no acceptance. */
  readonly refusal: string | undefined
  readonly recipients: readonly string[]
}

export function exchangeOf<Message>(request: Request, course: Course<Message>): FakeExchange<Message> {
  const { method, target, headers, body } = request
  const { reply, fault, messages = [], isKept, refusal, recipients } = course
  const { status, headers: sent = {}, body: text } = reply
  return {
    messages,
    isKept: isKept && messages.length > 0,
    recipients,
    request: { line: `${method} ${target} HTTP/1.1`, headers, body: body.toString() },
    ...(!fault && { response: { line: `HTTP/1.1 ${status}`, headers: sent, body: text } }),
    ...(fault ? { fault: fault.fault } : refusal !== undefined && { refusal }),
  }
}
