/**
 * QuerySendDetails, as documented: what was sent to a number on a day in China, the newest first.
 * Source, read 2026-11-23: https://help.aliyun.com/document_detail/438433.html
 */
import type { FakeSms } from './aliyun-fake-account.ts'
import { isNumber } from './aliyun-fake-batch.ts'
import { accepted, refusalOf, type FakeReply, type Refusal } from './aliyun-fake-replies.ts'

export interface FakeRecords {
  readonly sent: readonly FakeSms[]
  /** Nothing that was accepted later is known here yet, in epoch milliseconds. */
  readonly until: number
}

type Query = Readonly<Record<string, string>>

const REQUIRED = ['PhoneNumber', 'SendDate', 'PageSize', 'CurrentPage']
const FORMS: Readonly<Record<string, (text: string) => boolean>> = {
  SendDate: isDay,
  PageSize: (text) => isWhole(text) && Number(text) <= 50,
  CurrentPage: isWhole,
}

export function detailsOf(query: Query, records: FakeRecords): FakeReply | Refusal {
  const refusal = refuse(query)
  if (refusal) return refusal
  const [size, page] = [Number(query['PageSize']), Number(query['CurrentPage'])]
  const found = matching(query, records)
  const details = found.toReversed().slice((page - 1) * size, page * size)
  return accepted({
    TotalCount: String(found.length),
    SmsSendDetailDTOs: { SmsSendDetailDTO: details.map(detailOf) },
  })
}

function refuse(query: Query): Refusal | undefined {
  const missing = REQUIRED.find((name) => !query[name])
  if (missing) return refusalOf(`Missing${missing}`, { message: `${missing} is mandatory for this action.` })
  const isRight = Object.entries(FORMS).every(([name, isForm]) => isForm(query[name] ?? ''))
  if (!isRight) return refusalOf('isv.INVALID_PARAMETERS')
  return isNumber(query['PhoneNumber'] ?? '') ? undefined : refusalOf('isv.MOBILE_NUMBER_ILLEGAL')
}

function matching({ PhoneNumber, SendDate, BizId }: Query, { sent, until }: FakeRecords): FakeSms[] {
  const known = sent.filter(({ phoneNumber, sentAt }) => phoneNumber === PhoneNumber && sentAt <= until)
  const ofDay = known.filter(({ sentAt }) => dayOf(sentAt) === SendDate)
  return BizId === undefined ? ofDay : ofDay.filter(({ bizId }) => bizId === BizId)
}

function detailOf({ phoneNumber, text, templateCode, outId, sentAt }: FakeSms): object {
  const date = timeInChina(sentAt)
  return {
    ...{ PhoneNum: phoneNumber, Content: text, TemplateCode: templateCode, ErrCode: 'DELIVERED' },
    ...{ SendStatus: 3, SendDate: date, ReceiveDate: date, ...(outId !== undefined && { OutId: outId }) },
  }
}

/** 1 or more. */
function isWhole(text: string): boolean {
  return /^[1-9]\d*$/.test(text)
}

/** Such as `20260101`. */
function isDay(text: string): boolean {
  const iso = text.replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3')
  return iso !== text && !Number.isNaN(Date.parse(iso))
}

/** Such as `2026-01-01 08:00:00`. */
function timeInChina(at: number): string {
  return new Date(at).toLocaleString('sv-SE', { timeZone: 'Asia/Shanghai' })
}

function dayOf(at: number): string {
  return timeInChina(at).slice(0, 10).replaceAll('-', '')
}
