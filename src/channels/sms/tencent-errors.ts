/**
 * Tencent Cloud's SMS error codes in our words. A code missing here is DRIVER_FAILED, never a guess.
 * Sources, read 2026-11-23: https://cloud.tencent.com/document/api/382/59177 (sending),
 * https://cloud.tencent.com/document/api/382/52075 (common to all APIs).
 */
import type { ErrorRow, ErrorTable } from '../../core/error-table.ts'

const invalidMessage = { code: 'INVALID_MESSAGE' } as const
const content = { code: 'CONTENT_REJECTED' } as const
const config = { code: 'INVALID_CONFIG' } as const
const unauthorized = { code: 'UNAUTHORIZED' } as const
const exhausted = { code: 'QUOTA_EXHAUSTED' } as const
const throttled = { code: 'RATE_LIMITED' } as const
/** Tencent's frequency limits are all of one number: https://cloud.tencent.com/document/faq/382/13303 (2026-11-23). */
const tooOften = { ...throttled, scope: 'recipient' } as const
const maybeSent = { code: 'UNAVAILABLE', delivery: 'unknown' } as const

const DAY_MS = 86_400_000

export const TENCENT_ERRORS: ErrorTable = {
  'LimitExceeded.PhoneNumberThirtySecondLimit': {
    ...tooOften,
    retryAfterMs: 30_000,
    meaning: 'Too many to this number in 30 seconds',
  },
  'LimitExceeded.PhoneNumberOneHourLimit': {
    ...tooOften,
    retryAfterMs: 3_600_000,
    meaning: 'Too many to this number in an hour',
  },
  'LimitExceeded.PhoneNumberDailyLimit': {
    ...tooOften,
    retryAfterMs: DAY_MS,
    meaning: 'Too many to this number in a day',
  },
  'LimitExceeded.PhoneNumberSameContentDailyLimit': {
    ...tooOften,
    retryAfterMs: DAY_MS,
    meaning: 'The same text too often to this number in a day',
  },
  'LimitExceeded.DeliveryFrequencyLimit': {
    ...tooOften,
    meaning: 'Too many to this number by a limit set in the console',
  },
  'LimitExceeded.AppDailyLimit': { ...exhausted, meaning: 'The application’s daily limit is reached' },
  'LimitExceeded.AppMainlandChinaDailyLimit': {
    ...exhausted,
    meaning: 'The application’s daily limit for mainland China is reached',
  },
  'LimitExceeded.AppGlobalDailyLimit': {
    ...exhausted,
    meaning: 'The application’s daily limit for numbers abroad is reached',
  },
  'LimitExceeded.AppCountryOrRegionDailyLimit': {
    ...exhausted,
    meaning: 'The application’s daily limit for this country is reached',
  },
  'LimitExceeded.AppCountryOrRegionInBlacklist': {
    code: 'RECIPIENT_REJECTED',
    reason: 'refused',
    meaning: 'The application may not send to this country',
  },
  'LimitExceeded.DailyLimit': { ...exhausted, meaning: 'The daily limit for numbers abroad is reached' },
  'LimitExceeded.PhoneNumberCountLimit': { ...invalidMessage, meaning: 'More than 200 numbers in one call' },
  RequestLimitExceeded: { ...throttled, meaning: 'Too many calls; also every other code that starts so' },
  'FailedOperation.InsufficientBalanceInSmsPackage': { ...exhausted, meaning: 'The package is used up' },
  'UnauthorizedOperation.SerivceSuspendDueToArrears': {
    ...exhausted,
    meaning: 'The service is suspended for an overdue payment (its older spelling)',
  },
  'UnauthorizedOperation.ServiceSuspendDueToArrears': {
    ...exhausted,
    meaning: 'The service is suspended for an overdue payment',
  },

  'InvalidParameterValue.IncorrectPhoneNumber': {
    code: 'RECIPIENT_REJECTED',
    reason: 'invalid',
    meaning: 'Not a number it can send to',
  },
  'FailedOperation.PhoneNumberInBlacklist': {
    code: 'RECIPIENT_REJECTED',
    reason: 'unsubscribed',
    meaning: 'The recipient unsubscribed, or is on the carrier’s blocklist',
  },
  'UnsupportedOperation.UnsupportedRegion': {
    code: 'RECIPIENT_REJECTED',
    reason: 'refused',
    meaning: 'Tencent does not send to this country',
  },
  'UnsupportedOperation.UnsuportedRegion': {
    code: 'RECIPIENT_REJECTED',
    reason: 'refused',
    meaning: 'Tencent does not send to this country (its older spelling)',
  },
  'MissingParameter.EmptyPhoneNumberSet': { ...invalidMessage, meaning: 'No number was given' },

  'FailedOperation.ContainSensitiveWord': { ...content, meaning: 'The text holds a forbidden word' },
  'FailedOperation.TemplateIncorrectOrUnapproved': {
    ...content,
    meaning: 'The template is not approved, or the text does not fit it',
  },
  'FailedOperation.TemplateUnapprovedOrNotExist': {
    ...content,
    meaning: 'The account has no such approved template',
  },
  'FailedOperation.TemplateParamSetNotMatchApprovedTemplate': {
    ...content,
    meaning: 'The number of values is not the template’s',
  },
  'FailedOperation.MarketingSendTimeConstraint': {
    ...content,
    meaning: 'Promotions are sent from 8 to 22 o’clock only',
  },
  'InvalidParameterValue.ContentLengthLimit': { ...content, meaning: 'The text is too long' },
  'InvalidParameterValue.TemplateParameterFormatError': {
    ...content,
    meaning: 'A value breaks the rule of verification templates: up to 6 digits',
  },
  'InvalidParameterValue.TemplateParameterLengthLimit': { ...content, meaning: 'A value is too long' },
  'InvalidParameterValue.ProhibitedUseUrlInTemplateParameter': { ...content, meaning: 'A value holds a URL' },
  'UnsupportedOperation.ChineseMainlandTemplateToGlobalPhone': {
    ...content,
    meaning: 'A mainland template cannot be sent abroad',
  },
  'UnsupportedOperation.GlobalTemplateToChineseMainlandPhone': {
    ...content,
    meaning: 'An international template cannot be sent to a mainland number',
  },
  'UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber': {
    ...content,
    meaning: 'Sign name or template and the number are not both mainland or both international',
  },

  'FailedOperation.SignatureIncorrectOrUnapproved': {
    ...config,
    meaning: 'The account has no such approved sign name',
  },
  'InvalidParameterValue.SdkAppIdNotExist': { ...config, meaning: 'The smsSdkAppId does not exist' },
  UnsupportedRegion: { ...config, meaning: 'The API has no such region' },

  'AuthFailure.InvalidAuthorization': { ...unauthorized, meaning: 'The Authorization header is malformed' },
  'AuthFailure.InvalidSecretId': { ...unauthorized, meaning: 'The secretId is no API key' },
  'AuthFailure.MFAFailure': { ...unauthorized, meaning: 'Multi-factor authentication failed' },
  'AuthFailure.SecretIdNotFound': { ...unauthorized, meaning: 'The secretId does not exist or is disabled' },
  'AuthFailure.SignatureExpire': { ...unauthorized, meaning: 'The clock is more than 5 minutes off' },
  'AuthFailure.SignatureFailure': { ...unauthorized, meaning: 'The secretKey is wrong' },
  'AuthFailure.TokenFailure': { ...unauthorized, meaning: 'The token is wrong or has expired' },
  'AuthFailure.UnauthorizedOperation': { ...unauthorized, meaning: 'The key lacks the permission (CAM)' },
  UnauthorizedOperation: { ...unauthorized, meaning: 'Not allowed; also every other code that starts so' },
  'UnauthorizedOperation.IndividualUserMarketingSmsPermissionDeny': {
    ...unauthorized,
    meaning: 'Accounts of individuals may not send promotions',
  },
  'UnauthorizedOperation.RequestIpNotInWhitelist': {
    ...unauthorized,
    meaning: 'The IP address is not on the allowlist',
  },
  'UnauthorizedOperation.RequestPermissionDeny': { ...unauthorized, meaning: 'The account may not do this' },
  'UnauthorizedOperation.SdkAppIdIsDisabled': { ...unauthorized, meaning: 'The application is disabled' },
  'UnauthorizedOperation.SmsSdkAppIdVerifyFail': {
    ...unauthorized,
    meaning: 'The smsSdkAppId is not of this key’s account',
  },
  IpInBlacklist: { ...unauthorized, meaning: 'The IP address is on the blocklist' },
  IpNotInWhitelist: { ...unauthorized, meaning: 'The IP address is not on the allowlist' },

  InternalError: { ...maybeSent, meaning: 'An internal failure; also every other code that starts so' },
  'InternalError.OtherError': { ...maybeSent, meaning: 'Tencent failed, perhaps after it had accepted' },
  'InternalError.RequestTimeException': { ...maybeSent, meaning: 'The clock is more than 10 minutes off' },
  'InternalError.RestApiInterfaceNotExist': { ...maybeSent, meaning: 'No such interface inside Tencent' },
  'InternalError.SendAndRecvFail': { ...maybeSent, meaning: 'Tencent timed out, or its network failed' },
  'InternalError.SigFieldMissing': { ...maybeSent, meaning: 'A signature inside Tencent is missing' },
  'InternalError.SigVerificationFail': { ...maybeSent, meaning: 'A signature inside Tencent is wrong' },
  'InternalError.Timeout': { ...maybeSent, meaning: 'Tencent timed out while it sent the text' },
  'InternalError.UnknownError': { ...maybeSent, meaning: 'Tencent failed, perhaps after it had accepted' },
  ServiceUnavailable: { ...maybeSent, meaning: 'A temporary failure; also every other answer of HTTP 5xx' },
  ResourceUnavailable: { ...maybeSent, meaning: 'The resource is not available' },

  'FailedOperation.FailResolvePacket': { ...invalidMessage, meaning: 'The request breaks the API’s rules' },
  'FailedOperation.JsonParseFail': { ...invalidMessage, meaning: 'The request is not JSON' },
  InvalidParameter: { ...invalidMessage, meaning: 'A parameter has the wrong format' },
  InvalidParameterValue: { ...invalidMessage, meaning: 'A parameter has a wrong value' },
  MissingParameter: { ...invalidMessage, meaning: 'A parameter is missing' },
  UnknownParameter: { ...invalidMessage, meaning: 'The API has no such parameter' },
  InvalidAction: { ...invalidMessage, meaning: 'The API has no such operation' },
  NoSuchVersion: { ...invalidMessage, meaning: 'The API has no such version' },
  InvalidRequest: { ...invalidMessage, meaning: 'The body has the wrong format' },
}

/** Families whose every member is one thing. */
const FAMILIES: readonly (readonly [prefix: string, row: ErrorRow])[] = [
  ['AuthFailure', { ...unauthorized, meaning: 'An AuthFailure code not in the table' }],
  ['UnauthorizedOperation', { ...unauthorized, meaning: 'An UnauthorizedOperation code not in the table' }],
  ['RequestLimitExceeded', { ...throttled, meaning: 'A RequestLimitExceeded code not in the table' }],
  ['InternalError', { ...maybeSent, meaning: 'An InternalError code not in the table' }],
]

/** Families that refuse before anything is sent. */
const REFUSES =
  /^(?:InvalidParameter|InvalidParameterValue|MissingParameter|LimitExceeded|UnsupportedOperation)(?:\.|$)/

const UNKNOWN: ErrorRow = { code: 'DRIVER_FAILED', delivery: 'unknown', meaning: 'A code not in the table' }

/** The row of a provider's code, by its own word, its documented family, or the HTTP status. */
export function rowOf(code: string, status: number): ErrorRow {
  if (Object.hasOwn(TENCENT_ERRORS, code)) return TENCENT_ERRORS[code] ?? UNKNOWN
  const family = FAMILIES.find(([prefix]) => code === prefix || code.startsWith(`${prefix}.`))
  if (family) return family[1]
  if (status >= 500) return TENCENT_ERRORS['ServiceUnavailable'] ?? UNKNOWN
  return REFUSES.test(code) ? { ...UNKNOWN, delivery: 'not_sent' } : UNKNOWN
}
