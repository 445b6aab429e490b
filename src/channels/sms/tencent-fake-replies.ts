/**
 * What the fake answers, in the shapes Tencent Cloud documents.
 * Sources, read 2026-11-23: https://cloud.tencent.com/document/api/382/55981,
 * https://cloud.tencent.com/document/api/382/52075
 */
import { randomUUID } from 'node:crypto'

export interface FakeTencentReply {
  readonly status: number
  readonly body: string
}

/** Codes of the gateway refuse the call as a whole; all others stand with their number. */
const OF_THE_CALL =
  /^(?:AuthFailure|UnauthorizedOperation|RequestLimitExceeded|MissingParameter|InvalidParameter|UnknownParameter|InvalidAction|InvalidRequest|NoSuchVersion|UnsupportedRegion|IpInBlacklist|IpNotInWhitelist|InternalError|ServiceUnavailable|ResourceUnavailable)(?:\.|$)/

const TEXTS: Readonly<Record<string, string>> = {
  'AuthFailure.InvalidAuthorization': 'The Authorization header does not conform to the standard.',
  'AuthFailure.SecretIdNotFound': 'The SecretId is not found, please ensure that your SecretId is correct.',
  'AuthFailure.SignatureExpire':
    'The provided credentials could not be validated because of exceeding request timestamp.',
  'AuthFailure.SignatureFailure':
    'The provided credentials could not be validated. Please check your signature is correct.',
  'AuthFailure.TokenFailure': 'The token is invalid or has expired.',
  'FailedOperation.SignatureIncorrectOrUnapproved': 'signature is incorrect or unapproved',
  'FailedOperation.TemplateIncorrectOrUnapproved': 'template is incorrect or unapproved',
  'FailedOperation.TemplateParamSetNotMatchApprovedTemplate':
    'The number of parameters does not match the approved template',
  'InvalidParameterValue.IncorrectPhoneNumber': 'Incorrect phone number format',
}

export function textOf(code: string): string {
  return (Object.hasOwn(TEXTS, code) && TEXTS[code]) || code
}

export function isOfTheCall(code: string): boolean {
  return OF_THE_CALL.test(code)
}

export function refusedCall(code: string, message = textOf(code)): FakeTencentReply {
  return answered({ Error: { Code: code, Message: message } })
}

export interface FakeStatus {
  readonly code: string
  readonly message: string
  readonly serialNo: string
  readonly phoneNumber: string
  readonly sessionContext: string
}

/** One entry of the SendStatusSet per number. */
export function sendStatuses(statuses: readonly FakeStatus[]): FakeTencentReply {
  const set = statuses.map(({ code, message, serialNo, phoneNumber, sessionContext }) => ({
    SerialNo: serialNo,
    PhoneNumber: phoneNumber,
    Fee: code === 'Ok' ? 1 : 0,
    SessionContext: sessionContext,
    Code: code,
    Message: message,
    IsoCode: phoneNumber.startsWith('+86') ? 'CN' : '',
  }))
  return answered({ SendStatusSet: set })
}

export function answered(fields: object): FakeTencentReply {
  return { status: 200, body: JSON.stringify({ Response: { ...fields, RequestId: randomUUID() } }) }
}
