/** WeChat's messages as cards. */
import type { FakeWechatMessage } from '../../channels/wechat/fake-account.ts'
import type { Hint, WechatView } from '../captured.ts'
import type { CaptureDraft } from '../draft.ts'
import { oneLine } from '../one-line.ts'
import { commonOf, hint, unfilledHints, type Arrived } from './capture.ts'

/** Characters that the keywords hold at most. Source: the fields of https://developers.weixin.qq.com/miniprogram/dev/server/API/mp-message-management/subscribe-message/api_sendmessage (read 2026-11-23). */
const MOST: Readonly<Record<string, number>> = {
  thing: 20,
  character_string: 32,
  letter: 32,
  number: 32,
  symbol: 5,
  phrase: 5,
  name: 10,
  phone_number: 17,
  car_number: 8,
}

export function captureWechat(arrived: Arrived, message: FakeWechatMessage): CaptureDraft {
  const view = viewOf(message)
  const said = view.fields.map(({ value }) => value).join(' · ')
  return {
    ...commonOf(arrived, hintsOf(view)),
    title: oneLine(view.fields[0]?.value ?? view.templateId),
    preview: oneLine(said),
    view,
    providerIds: [message.msgid],
  }
}

function viewOf({
  kind,
  to,
  template,
  data,
  page,
  url,
  lang,
  miniprogramState,
  miniprogram,
}: FakeWechatMessage): WechatView {
  const { appid, pagepath } = (miniprogram ?? {}) as Readonly<Record<string, string | undefined>>
  return {
    kind: 'wechat',
    type: kind,
    openid: to,
    templateId: template,
    fields: Object.entries(data).map(([keyword, value]) => ({ keyword, value })),
    ...(page !== undefined && { page }),
    ...(url !== undefined && { url }),
    ...(lang !== undefined && { language: lang }),
    ...(miniprogramState !== undefined && { state: miniprogramState }),
    ...(miniprogram && {
      miniProgram: { appId: appid ?? '', ...(pagepath !== undefined && { page: pagepath }) },
    }),
  }
}

function hintsOf({ fields, page, url, miniProgram }: WechatView): Hint[] {
  const hints: Hint[] = fields.flatMap(({ value }) => [...unfilledHints(value)])
  for (const { keyword, value } of fields) {
    const most = MOST[keyword.replace(/\d+$/, '')]
    const left = most === undefined ? undefined : most - [...value].length
    if (left === undefined || left > 2) continue
    const text = `${keyword} holds ${most} characters at most; ${left} are left`
    hints.push(hint('warning', 'field_nearly_full', { detail: keyword, text }))
  }
  const opensNothing = page === undefined && url === undefined && miniProgram === undefined
  if (opensNothing)
    hints.push(hint('info', 'no_page', { text: 'A tap on the card opens nothing: it names no page' }))
  return hints
}
