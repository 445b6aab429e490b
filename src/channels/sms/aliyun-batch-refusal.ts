/**
 * What Aliyun's refusal of a call for many messages says of each of them.
 *
 * The answer has one code for all, and no list of who it is about. An earlier edition of Aliyun's page said that a
 * wrong number fails alone and the others are sent (https://help.aliyun.com/document_detail/66041.htm, stored copy
 * read 2026-11-25). The page of today says nothing of it, and no page says what the flow control of one number, one
 * value or a used-up quota does to the others (https://help.aliyun.com/document_detail/66041.html,
 * https://help.aliyun.com/document_detail/2881383.html and https://help.aliyun.com/document_detail/101346.html, read
 * 2026-11-25). So a refusal is certain where it is about what all messages share, and nobody is sent a second
 * message to find out about the rest.
 */
import { changed, NotifyError } from '../../core/errors.ts'
import type { AliyunMessage } from './aliyun-message.ts'

/** The gateway's words, before any business is done. */
const GATEWAY = /^(?:Throttling|Missing|InvalidTimeStamp|InvalidVersion|InvalidAction)/

/** About the account, the one template of the call, or the call's size. */
const OF_THE_CALL = new Set(['isv.OUT_OF_SERVICE', 'isv.SMS_TEMPLATE_ILLEGAL', 'isv.MOBILE_COUNT_OVER_LIMIT'])

const OF_THE_SIGN_NAME = new Set([
  'isv.SMS_SIGNATURE_ILLEGAL',
  'isv.SMS_SIGN_ILLEGAL',
  'isv.SIGN_STATE_ILLEGAL',
  'isv.SMS_SIGNATURE_SCENE_ILLEGAL',
  'SIGNATURE_BLACKLIST',
])

/** @param messages all that were in the call, two or more */
export function ofEach(error: NotifyError, messages: readonly AliyunMessage[]): NotifyError {
  const { provider, scope, delivery, message } = error
  if (!provider || delivery === 'unknown' || isOfAll(error, provider.code, messages)) return error
  if (scope === 'quota' || scope === 'unknown') return changed(error, { delivery: 'unknown' })
  const others = `one of the ${messages.length} messages in the call, and what became of the others is not known`
  const text = `${message}; that is about ${others}`
  // The scope keeps the circuit closed: whoever it is about, it is not the provider.
  return new NotifyError('DRIVER_FAILED', text, { provider, delivery: 'unknown', scope: 'message' })
}

function isOfAll({ scope }: NotifyError, code: string, messages: readonly AliyunMessage[]): boolean {
  if (scope === 'credentials' || GATEWAY.test(code) || OF_THE_CALL.has(code)) return true
  return OF_THE_SIGN_NAME.has(code) && new Set(messages.map(({ signName }) => signName)).size === 1
}
