/** Gives messages the form in which Aliyun's calls take them, and its answers ours. */
import { createHash } from 'node:crypto'
import type { DeliveryContext, Receipt } from '../../core/delivery.ts'
import type { AcceptedBody, SendBatchSmsFields, SendSmsFields } from './aliyun-client.ts'
import type { AliyunMessage } from './aliyun-message.ts'

/** Aliyun took the message over. Whether it reached the phone is told later, by receipt. */
export interface AliyunReceipt extends Receipt {
  /** Aliyun's BizId, to look the message up with; our `outId` in the odd case that it gave none. */
  readonly providerId: string
  /** To quote to Aliyun's support. */
  readonly requestId?: string
  /** Our reference, which Aliyun repeats in delivery reports; one for all messages that shared a call. */
  readonly outId: string
}

export function toFields(message: AliyunMessage, outId: string): SendSmsFields {
  const { phone, signName, templateCode, params, smsUpExtendCode } = message
  return {
    phoneNumbers: phone.digits,
    signName,
    templateCode,
    templateParam: JSON.stringify(params),
    outId,
    ...(smsUpExtendCode !== undefined && { smsUpExtendCode }),
  }
}

/** @param messages of one template; either all of them have an extension code or none has */
export function toBatchFields(messages: readonly AliyunMessage[], outId: string): SendBatchSmsFields {
  const list = (valueOf: (message: AliyunMessage) => unknown) => JSON.stringify(messages.map(valueOf))
  const isExtended = messages.every(({ smsUpExtendCode }) => smsUpExtendCode !== undefined)
  return {
    phoneNumberJson: list(({ phone }) => phone.digits),
    signNameJson: list(({ signName }) => signName),
    templateCode: messages[0]?.templateCode ?? '',
    templateParamJson: list(({ params }) => params),
    outId,
    ...(isExtended && { smsUpExtendCodeJson: list(({ smsUpExtendCode }) => smsUpExtendCode) }),
  }
}

/** By Aliyun's names, which the SDK's models write with a small first letter. */
export function toParams(fields: SendSmsFields): Readonly<Record<string, string>> {
  const named = Object.entries<string>({ ...fields })
  return Object.fromEntries(
    named.map(([name, value]) => [name.charAt(0).toUpperCase() + name.slice(1), value]),
  )
}

export function toReceipt({ bizId, requestId }: AcceptedBody, outId: string): AliyunReceipt {
  return { providerId: bizId || outId, ...(requestId && { requestId }), outId }
}

/** The message's own, or one that is the same for every send under one idempotency key; hashed because a key may be long, or name someone. */
export function outIdOf({ outId }: AliyunMessage, { id, idempotencyKey }: DeliveryContext): string {
  if (outId !== undefined) return outId
  return idempotencyKey === undefined ? id : createHash('sha256').update(idempotencyKey).digest('hex')
}
