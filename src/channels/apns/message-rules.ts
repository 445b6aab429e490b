/** What the fields of a message must be together: by push type, by credentials, and what excludes what. */
import type { z } from 'zod'
import { alertFields, apsFields, type ApnsFields } from './message.ts'
import { isTopicOf, PUSH_TYPE_RULES } from './push-type.ts'

type Report = (path: keyof ApnsFields, message: string) => void

const ALERT = Object.keys(alertFields) as (keyof ApnsFields)[]
const CONTENT = [...ALERT, ...(Object.keys(apsFields) as (keyof ApnsFields)[])]
const SHOWN = [...ALERT, 'badge', 'sound'] as const

export function checkMessage(auth: 'token' | 'certificate') {
  return (message: ApnsFields, context: z.RefinementCtx): void => {
    const report: Report = (path, text) => {
      context.addIssue({ code: 'custom', path: [path], message: text })
    }
    checkAuth(message, auth, report)
    checkTopic(message, report)
    if (message.raw) checkRaw(message, report)
    else checkContent(message, report)
    checkPriority(message, report)
  }
}

function checkAuth({ type }: ApnsFields, auth: 'token' | 'certificate', report: Report): void {
  if (auth === 'token' || !PUSH_TYPE_RULES[type].needsTokenAuth) return
  report('type', `expected a type that a certificate may send; ${type} needs a token key (.p8)`)
}

function checkTopic({ type, topic }: ApnsFields, report: Report): void {
  if (topic === undefined && type === 'mdm') {
    report('topic', 'expected the UID of the certificate, for type mdm')
  }
  if (topic === undefined || isTopicOf(topic, type)) return
  const { suffix } = PUSH_TYPE_RULES[type]
  const expected = suffix ? `a topic ending in ${suffix}` : 'a topic without the suffix of another type'
  report('topic', `expected ${expected}, for type ${type}`)
}

function checkRaw(message: ApnsFields, report: Report): void {
  for (const field of [...CONTENT, 'liveActivity', 'data', 'mdm'] as const) {
    if (message[field] !== undefined)
      report(field, 'expected to be absent beside raw, which is the whole payload')
  }
}

function checkContent(message: ApnsFields, report: Report): void {
  const { type } = message
  if (message.data && 'aps' in message.data) report('data', 'expected no key named aps; it is Apple’s')
  if (type === 'alert') checkAlert(message, report)
  if (type === 'background') {
    forbid(
      message,
      { fields: SHOWN, why: 'expected to be absent in a background push, which shows nothing' },
      report,
    )
  }
  checkOwn(message, 'liveActivity', report)
  checkOwn(message, 'mdm', report)
}

function checkAlert(message: ApnsFields, report: Report): void {
  if (SHOWN.some((field) => message[field] !== undefined)) return
  report(
    'type',
    'expected something to show or play (title, body, a loc key, badge or sound), or type background',
  )
}

/** A field that is the whole content of its own type, and has no place in another. */
function checkOwn(message: ApnsFields, field: 'liveActivity' | 'mdm', report: Report): void {
  const type = field === 'mdm' ? 'mdm' : 'liveactivity'
  if (message.type !== type) {
    if (message[field] !== undefined) report(field, `expected to be absent unless type is ${type}`)
    return
  }
  if (message[field] === undefined) report(field, `expected to be given, for type ${type}`)
  const fields = type === 'mdm' ? ([...CONTENT, 'data'] as const) : CONTENT
  forbid(message, { fields, why: `expected to be absent, or inside ${field}, for type ${type}` }, report)
}

interface Ban {
  readonly fields: readonly (keyof ApnsFields)[]
  readonly why: string
}

function forbid(message: ApnsFields, { fields, why }: Ban, report: Report): void {
  for (const field of fields) if (message[field] !== undefined) report(field, why)
}

function checkPriority({ type, priority }: ApnsFields, report: Report): void {
  if (type !== 'background' || priority === undefined || priority === 5) return
  report('priority', 'expected 5 in a background push; Apple refuses any other')
}
