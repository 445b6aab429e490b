/** Text messages as the phone shows them, of both providers. */
import type { FakeSms } from '../../channels/sms/aliyun-fake-account.ts'
import { readPhone } from '../../channels/sms/phone.ts'
import type { FakeTencentSms } from '../../channels/sms/tencent-fake-account.ts'
import type { Hint, SmsView } from '../captured.ts'
import type { CaptureDraft } from '../draft.ts'
import { oneLine } from '../one-line.ts'
import { commonOf, hint, unfilledHints, type Arrived } from './capture.ts'
import { segmentsOf } from './segments.ts'

/** Yuan for one part, in the mainland: an assumption for an estimate, for packages cost between 0.032 and 0.05. */
const MAINLAND_CNY = 0.045

export type Templates = Readonly<Record<string, string>>

export function captureAliyun(arrived: Arrived, sms: FakeSms, templates: Templates): CaptureDraft {
  const { phoneNumber, text, signName, templateCode: template, templateParam: params, bizId, outId } = sms
  const content = Object.hasOwn(templates, template) ? templates[template] : undefined
  const view = viewOf({ phoneNumber, text, signName, template, content, params })
  return draftOf(arrived, view, [bizId, ...(outId === undefined ? [] : [outId])])
}

export function captureTencent(arrived: Arrived, sms: FakeTencentSms, templates: Templates): CaptureDraft {
  const {
    phoneNumber,
    text,
    signName,
    templateId: template,
    templateParamSet,
    serialNo,
    sessionContext,
  } = sms
  const content = Object.hasOwn(templates, template) ? templates[template] : undefined
  const params = Object.fromEntries(templateParamSet.map((value, at) => [String(at + 1), value]))
  const view = viewOf({ phoneNumber, text, signName, template, content, params })
  return draftOf(arrived, view, [serialNo, sessionContext])
}

/** A call that made no message: its recipients and what was answered. */
export function captureCall(arrived: Arrived): CaptureDraft {
  const title = oneLine(arrived.exchange.refusal ?? arrived.exchange.fault ?? '')
  return { ...commonOf(arrived), title, preview: '', providerIds: [] }
}

interface Told {
  readonly phoneNumber: string
  readonly text: string
  readonly signName: string
  readonly template: string
  readonly content: string | undefined
  readonly params: Readonly<Record<string, string>>
}

function viewOf({ phoneNumber, text, signName, template, content, params }: Told): SmsView {
  const isMainland = readPhone(phoneNumber)?.region === 'mainland'
  const segments = segmentsOf(text, isMainland)
  const amount = Math.round(segments.segments * MAINLAND_CNY * 1000) / 1000
  return {
    kind: 'sms',
    ...{ text, signName, template, params },
    ...(content !== undefined && { templateContent: content }),
    ...segments,
    region: isMainland ? 'mainland' : 'international',
    ...(isMainland && { cost: { amount, currency: 'CNY' as const, perSegment: MAINLAND_CNY } }),
  }
}

function draftOf(arrived: Arrived, view: SmsView, providerIds: readonly string[]): CaptureDraft {
  return {
    ...commonOf(arrived, hintsOf(view)),
    title: oneLine(view.signName === '' ? view.template : view.signName),
    preview: oneLine(view.text),
    view,
    providerIds,
  }
}

function hintsOf({
  text,
  template,
  templateContent,
  segments,
  charactersLeft,
  encoding,
  region,
}: SmsView): Hint[] {
  const hints: Hint[] = [...unfilledHints(templateContent === undefined ? '' : text)]
  if (templateContent === undefined) {
    const said = `The sandbox was not told the template ${template}, so it shows the values alone`
    hints.push(hint('info', 'unknown_template', { detail: template, text: said }))
  }
  if (segments > 1) {
    hints.push(
      hint('warning', 'many_segments', {
        detail: segments,
        text: `Takes ${segments} messages, and is billed so`,
      }),
    )
  }
  if (charactersLeft <= 5) {
    const said = `${charactersLeft} more characters fit before it takes one message more`
    hints.push(hint('warning', 'segment_nearly_full', { detail: charactersLeft, text: said }))
  }
  if (region === 'international' && encoding === 'UCS-2') {
    hints.push(
      hint('info', 'not_gsm', {
        text: 'A character beyond the GSM alphabet leaves 70 characters instead of 160',
      }),
    )
  }
  return hints
}
