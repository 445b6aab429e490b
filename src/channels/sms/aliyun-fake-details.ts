/**
 * QuerySendDetails, as documented: what was sent to a number on a day in China, the newest first.
 * Source, read 2026-11-23: https://help.aliyun.com/document_detail/438433.html
 */
import type { FakeSms } from './aliyun-fake-account.ts'
import { accepted, refusalOf, type FakeReply, type Refusal } from './aliyun-fake-replies.ts'

const REQUIRED = ['PhoneNumber', 'SendDate', 'PageSize', 'CurrentPage']

export function detailsOf(
  query: Readonly<Record<string, string>>,
  sent: readonly FakeSms[],
): FakeReply | Refusal {
  const missing = REQUIRED.find((name) => !query[name])
  if (missing) return refusalOf(`Missing${missing}`, { message: `${missing} is mandatory for this action.` })
  const { PhoneNumber, SendDate = '', PageSize, CurrentPage } = query
  const [size, page] = [Number(PageSize), Number(CurrentPage)]
  const isRight = /^\d{8}$/.test(SendDate) && size >= 1 && size <= 50 && page >= 1
  if (!isRight) return refusalOf('isv.INVALID_PARAMETERS')
  const found = sent.filter(
    ({ phoneNumber, sentAt }) => phoneNumber === PhoneNumber && dayOf(sentAt) === SendDate,
  )
  const details = found.toReversed().slice((page - 1) * size, page * size)
  return accepted({
    TotalCount: found.length,
    SmsSendDetailDTOs: { SmsSendDetailDTO: details.map(detailOf) },
  })
}

function detailOf({ phoneNumber, text, templateCode, outId, sentAt }: FakeSms): object {
  const date = timeInChina(sentAt)
  return {
    ...{ PhoneNum: phoneNumber, Content: text, TemplateCode: templateCode, ErrCode: 'DELIVERED' },
    ...{ SendStatus: 3, SendDate: date, ReceiveDate: date, ...(outId !== undefined && { OutId: outId }) },
  }
}

/** Such as `2026-01-01 08:00:00`. */
function timeInChina(at: number): string {
  return new Date(at).toLocaleString('sv-SE', { timeZone: 'Asia/Shanghai' })
}

function dayOf(at: number): string {
  return timeInChina(at).slice(0, 10).replaceAll('-', '')
}
