/** Pushes as the lock screen shows them. */
import type { FakePush } from '../../channels/apns/fake-rules.ts'
import type { ApnsView, Hint } from '../captured.ts'
import type { CaptureDraft } from '../draft.ts'
import { oneLine } from '../one-line.ts'
import { commonOf, hint, unfilledHints, type Arrived } from './capture.ts'

type Fields = Readonly<Record<string, unknown>>

const MAX_BYTES = 4_096
const NEARLY = 0.9
/** About what four lines on the lock screen hold, in characters. */
const MAX_BODY = 178
const LEVELS = ['passive', 'active', 'time-sensitive', 'critical'] as const

export function captureApns(arrived: Arrived, push: FakePush): CaptureDraft {
  const view = viewOf(push, arrived.exchange.request.headers)
  const { title = '', subtitle = '', body = '' } = view.alert ?? {}
  return {
    ...commonOf(arrived, hintsOf(view, Buffer.byteLength(arrived.exchange.request.body))),
    title: oneLine(title || view.pushType),
    preview: oneLine([subtitle, body].filter(Boolean).join(' · ') || JSON.stringify(push.payload)),
    view,
    providerIds: [push.apnsId],
  }
}

function viewOf(push: FakePush, headers: Readonly<Record<string, string>>): ApnsView {
  const aps = fieldsOf(push.payload['aps'])
  const alert = alertOf(aps['alert'])
  const { badge } = aps
  return {
    kind: 'apns',
    token: push.to,
    ...{ topic: push.topic, pushType: push.type, priority: push.priority, apnsId: push.apnsId },
    ...(push.expiration !== undefined && { expiration: push.expiration }),
    ...(push.collapseId !== undefined && { collapseId: push.collapseId }),
    ...(alert && { alert }),
    ...(typeof badge === 'number' && { badge }),
    ...soundOf(aps['sound']),
    interruptionLevel: LEVELS.find((level) => level === aps['interruption-level']) ?? 'active',
    ...textField('threadId', aps['thread-id']),
    ...textField('category', aps['category']),
    payload: push.payload,
    headers: Object.entries(headers).filter(([name]) => name.startsWith('apns-')),
  }
}

function alertOf(alert: unknown): ApnsView['alert'] {
  if (typeof alert === 'string') return { body: alert }
  const fields = fieldsOf(alert)
  const shown = (name: string) => {
    const { [name]: text, [name === 'body' ? 'loc-key' : `${name}-loc-key`]: key } = fields
    return textField(name, text ?? key)
  }
  const found = { ...shown('title'), ...shown('subtitle'), ...shown('body') }
  return Object.keys(found).length > 0 ? found : undefined
}

function soundOf(sound: unknown): Pick<ApnsView, 'isCritical'> & { readonly sound?: string } {
  if (typeof sound === 'string') return { sound, isCritical: false }
  const { name, critical } = fieldsOf(sound)
  return { ...textField('sound', name), isCritical: critical === 1 }
}

function textField<Name extends string>(name: Name, value: unknown): { readonly [Key in Name]?: string } {
  return typeof value === 'string' && value !== '' ? ({ [name]: value } as { [Key in Name]: string }) : {}
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}
}

function hintsOf({ alert, pushType }: ApnsView, bytes: number): Hint[] {
  const { title = '', subtitle = '', body = '' } = alert ?? {}
  const hints: Hint[] = [...unfilledHints([title, subtitle, body].join('\n'))]
  if (bytes > MAX_BYTES * NEARLY) {
    hints.push(
      hint('warning', 'payload_nearly_full', {
        detail: bytes,
        text: `${bytes} of ${MAX_BYTES} bytes are used`,
      }),
    )
  }
  if (body.length > MAX_BODY) {
    const text = `${body.length} characters: the lock screen shows about ${MAX_BODY} of them`
    hints.push(hint('info', 'body_cut_off', { detail: body.length, text }))
  }
  if (pushType === 'alert' && !alert) {
    hints.push(hint('warning', 'no_alert', { text: 'A push of the type alert that shows nothing' }))
  }
  return hints
}
