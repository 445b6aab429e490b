/**
 * What the fake answers, in the shapes and words Aliyun documents.
 * Sources, read 2026-11-23: https://help.aliyun.com/document_detail/101346.html,
 * https://help.aliyun.com/document_detail/51132.html
 */
import { randomUUID } from 'node:crypto'

export interface FakeReply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
}

export interface Refusal {
  readonly code: string
  readonly status: number
  readonly message: string
}

/** Status and text of the gateway's own refusals. Business refusals come with HTTP 200. */
const GATEWAY: Readonly<Record<string, readonly [number, string]>> = {
  'InvalidAccessKeyId.NotFound': [404, 'Specified access key is not found.'],
  'InvalidAccessKeyId.Inactive': [400, 'Specified access key is disabled.'],
  'InvalidAction.NotFound': [404, 'Specified api is not found, please check your url and method.'],
  InvalidVersion: [400, 'Specified parameter Version is not valid.'],
  'InvalidTimeStamp.Expired': [400, 'Specified time stamp or date value is expired.'],
  'InvalidTimeStamp.Format': [400, 'Specified time stamp or date value is not well formatted.'],
  'InvalidSecurityToken.Expired': [403, 'Specified SecurityToken is expired.'],
  IncompleteSignature: [400, 'The request signature does not conform to Aliyun standards.'],
  SignatureDoesNotMatch: [400, 'Specified signature is not matched with our calculation.'],
  SignatureNonceUsed: [400, 'Specified signature nonce was used already.'],
  'Forbidden.RAM': [403, 'User not authorized to operate on the specified resource.'],
  NoPermission: [403, 'You are not authorized to do this action.'],
  Throttling: [400, 'Request was denied due to request throttling.'],
  'Throttling.User': [400, 'Request was denied due to user flow control.'],
  'Throttling.Api': [400, 'Request was denied due to api flow control.'],
  InternalError: [500, 'The request processing has failed due to some unknown error.'],
  ServiceUnavailable: [503, 'The request has failed due to a temporary failure of the server.'],
}

const BUSINESS: Readonly<Record<string, string>> = {
  'isv.AMOUNT_NOT_ENOUGH': '账户余额不足',
  'isv.BUSINESS_LIMIT_CONTROL': '触发分钟级流控Permits:1',
  'isv.DOMESTIC_NUMBER_NOT_SUPPORTED': '国际/港澳台消息模板不支持发送境内号码',
  'isv.INVALID_JSON_PARAM': 'JSON参数不合法，只接受字符串值',
  'isv.INVALID_PARAMETERS': '参数格式不正确',
  'isv.MOBILE_COUNT_OVER_LIMIT': '手机号码数量超过限制',
  'isv.MOBILE_NUMBER_ILLEGAL': '手机号码格式错误',
  'isv.PARAM_LENGTH_LIMIT': '参数超过长度限制',
  'isv.PARAM_NOT_SUPPORT_URL': '变量不支持传入URL',
  'isv.SMS_SIGNATURE_ILLEGAL': '该账号下找不到对应签名',
  'isv.SMS_TEMPLATE_ILLEGAL': '该账号下找不到对应模板',
  'isv.TEMPLATE_MISSING_PARAMETERS': '模板变量中存在未赋值变量',
  'isv.TEMPLATE_PARAMS_ILLEGAL': '模板变量值与变量属性不匹配',
  'isp.RAM_PERMISSION_DENY': 'RAM权限不足',
  'isp.SYSTEM_ERROR': '系统出现错误，请重新调用',
}

/** The documented refusal of that code; `message` and `status` where it should differ. */
export function refusalOf(code: string, details: Partial<Refusal> = {}): Refusal {
  const { message = textOf(code), status = statusOf(code) } = details
  return { code, status, message }
}

function statusOf(code: string): number {
  if (code.startsWith('Missing')) return 400
  return (Object.hasOwn(GATEWAY, code) && GATEWAY[code]?.[0]) || 200
}

function textOf(code: string): string {
  if (Object.hasOwn(GATEWAY, code)) return GATEWAY[code]?.[1] ?? code
  return (Object.hasOwn(BUSINESS, code) && BUSINESS[code]) || code
}

export function refused({ code, status, message }: Refusal, host: string): FakeReply {
  if (status === 200) return json(200, { Code: code, Message: message })
  const recommend = `https://api.aliyun.com/troubleshoot?q=${code}&product=Dysmsapi`
  return json(status, { HostId: host, Code: code, Message: message, Recommend: recommend })
}

export function accepted(fields: object): FakeReply {
  return json(200, { Code: 'OK', Message: 'OK', ...fields })
}

function json(status: number, fields: object): FakeReply {
  const body = JSON.stringify({ RequestId: randomUUID().toUpperCase(), ...fields })
  return { status, headers: { 'content-type': 'application/json;charset=utf-8' }, body }
}

/** The code that a reply refuses with; nothing where it is an acceptance, or no reply of Aliyun's. */
export function codeOf({ body }: FakeReply): string | undefined {
  const code = /"Code":"([^"]+)"/.exec(body)?.[1]
  return code === 'OK' ? undefined : code
}
