/**
 * Aliyun's SMS error codes in our words. A code missing here is DRIVER_FAILED, never a guess.
 * Sources, read 2026-11-23: https://help.aliyun.com/document_detail/101346.html (isv and isp codes),
 * https://help.aliyun.com/document_detail/51132.html and https://help.aliyun.com/document_detail/435312.html
 * (the gateway's), https://help.aliyun.com/document_detail/2881383.html (frequency limits).
 */
import type { ErrorRow, ErrorTable } from '../../core/error-table.ts'

const invalidMessage = { code: 'INVALID_MESSAGE' } as const
const template = { code: 'CONTENT_REJECTED' } as const
const config = { code: 'INVALID_CONFIG' } as const
const unauthorized = { code: 'UNAUTHORIZED' } as const
const exhausted = { code: 'QUOTA_EXHAUSTED' } as const
const throttled = { code: 'RATE_LIMITED' } as const
const refused = { code: 'RECIPIENT_REJECTED', reason: 'refused' } as const
const unsubscribed = { code: 'RECIPIENT_REJECTED', reason: 'unsubscribed' } as const
const maybeSent = { code: 'UNAVAILABLE', delivery: 'unknown' } as const

export const ALIYUN_ERRORS: ErrorTable = {
  'isv.BUSINESS_LIMIT_CONTROL': {
    ...throttled,
    scope: 'recipient',
    meaning: 'Too many to this number: wait a minute, an hour or a day, as the text says',
  },
  'isv.DAY_LIMIT_CONTROL': { ...exhausted, meaning: 'The daily limit set in the console is reached' },
  'isv.MONTH_LIMIT_CONTROL': { ...exhausted, meaning: 'The monthly limit set in the console is reached' },
  'isv.AMOUNT_NOT_ENOUGH': { ...exhausted, meaning: 'The balance is used up' },
  'isv.OUT_OF_SERVICE': { ...exhausted, meaning: 'The service is suspended for an overdue payment' },

  'isv.MOBILE_NUMBER_ILLEGAL': {
    code: 'RECIPIENT_REJECTED',
    reason: 'invalid',
    meaning: 'Not a number it can send to',
  },
  'isv.DOMESTIC_NUMBER_NOT_SUPPORTED': {
    ...template,
    meaning: 'An international template cannot be sent to a mainland number',
  },
  'isv.BLACK_KEY_CONTROL_LIMIT': { ...refused, meaning: 'The number or a value is on Aliyun’s blocklist' },
  MOBILE_IN_BLACK: { ...unsubscribed, meaning: 'The number is on the carrier’s blocklist' },
  'isv.CUSTOMER_REFUSED': { ...unsubscribed, meaning: 'The recipient unsubscribed from promotions' },
  USER_REJECT: { ...unsubscribed, meaning: 'The recipient unsubscribed' },
  'isv.MOBILE_COUNT_OVER_LIMIT': { ...invalidMessage, meaning: 'More than 1,000 numbers in one call' },

  'isv.SMS_TEMPLATE_ILLEGAL': { ...template, meaning: 'The account has no such approved template' },
  'isv.TEMPLATE_MISSING_PARAMETERS': { ...template, meaning: 'A variable of the template has no value' },
  'isv.TEMPLATE_PARAMS_ILLEGAL': { ...template, meaning: 'A value breaks the rule of its variable' },
  'isv.INVALID_JSON_PARAM': { ...template, meaning: 'The values are not JSON with string values' },
  'isv.PARAM_LENGTH_LIMIT': { ...template, meaning: 'A value is too long' },
  'isv.PARAM_NOT_SUPPORT_URL': { ...template, meaning: 'A value holds a URL' },
  template_parameter_count_illegal: { ...template, meaning: 'A verification template takes one variable' },
  'isv.SMS_CONTENT_ILLEGAL': { ...template, meaning: 'The text holds forbidden content' },
  'isv.SMS_CONTENT_MISMATCH_TEMPLATE_TYPE': {
    ...template,
    meaning: 'The text does not fit the template’s type',
  },
  'isv.UNSUPPORTED_CONTENT': { ...template, meaning: 'The text holds characters that cannot be sent' },

  'isv.SMS_SIGNATURE_ILLEGAL': { ...config, meaning: 'The account has no such approved sign name' },
  'isv.SMS_SIGN_ILLEGAL': { ...config, meaning: 'The sign name is forbidden' },
  'isv.SIGN_STATE_ILLEGAL': { ...config, meaning: 'The sign name is not in a usable state' },
  'isv.SMS_SIGNATURE_SCENE_ILLEGAL': { ...config, meaning: 'The sign name is for another type of template' },
  'isv.EXTEND_CODE_ERROR': { ...config, meaning: 'The extension code belongs to another sign name' },
  'isv.ONE_CODE_MULTIPLE_SIGN': { ...config, meaning: 'The extension code and the sign name do not match' },
  'isv.CODE_EXCEED_LIMIT': { ...config, meaning: 'Too many extension codes are in use' },
  'isv.CODE_ERROR': { ...config, meaning: 'The extension code cannot be used' },
  'isv.SMS_TEST_SIGN_TEMPLATE_LIMIT': {
    ...config,
    meaning: 'The test sign and test template go together only',
  },
  'isv.SMS_TEST_NUMBER_LIMIT': {
    ...config,
    meaning: 'Test messages go to the numbers bound in the console only',
  },
  'isv.SMS_TEST_TEMPLATE_PARAMS_ILLEGAL': {
    ...config,
    meaning: 'The test template takes 4 to 6 digits only',
  },
  SIGNATURE_BLACKLIST: { ...config, meaning: 'The sign name is on the carrier’s blocklist' },
  PORT_NOT_REGISTERED: { ...config, meaning: 'The sender’s number is not registered with the carrier' },

  'isp.RAM_PERMISSION_DENY': { ...unauthorized, meaning: 'The RAM user lacks the permission' },
  'Forbidden.RAM': { ...unauthorized, meaning: 'The RAM user lacks the permission' },
  NoPermission: { ...unauthorized, meaning: 'The RAM user lacks the permission' },
  'isv.DENY_IP_RANGE': { ...unauthorized, meaning: 'Mainland texts cannot be sent from this IP address' },
  'isv.PRODUCT_UN_SUBSCRIPT': {
    ...unauthorized,
    meaning: 'The account has not activated the messaging product',
  },
  'isv.PRODUCT_UNSUBSCRIBE': { ...unauthorized, meaning: 'The account has not activated this product' },
  'isv.SECURITY_FROZEN_ACCOUNT': { ...unauthorized, meaning: 'The account is frozen after long disuse' },
  'isv.ACCOUNT_ABNORMAL': { ...unauthorized, meaning: 'The account is in an abnormal state' },
  'isv.ACCOUNT_NOT_EXISTS': { ...unauthorized, meaning: 'The account does not exist' },
  SignatureDoesNotMatch: { ...unauthorized, meaning: 'The accessKeySecret is wrong' },
  IncompleteSignature: { ...unauthorized, meaning: 'The signature is incomplete' },
  'InvalidAccessKeyId.NotFound': { ...unauthorized, meaning: 'The accessKeyId does not exist' },
  'InvalidAccessKeyId.Inactive': { ...unauthorized, meaning: 'The accessKeyId is disabled' },
  'InvalidSecurityToken.Expired': {
    ...unauthorized,
    meaning: 'The security token has expired; the credentials function was asked for another',
  },
  'InvalidTimeStamp.Expired': {
    ...config,
    meaning: 'The clock is more than 15 minutes off, and correcting it once did not help',
  },
  SignatureNonceUsed: {
    code: 'DRIVER_FAILED',
    delivery: 'unknown',
    meaning: 'A copy of this very request came before; its outcome is not known',
  },

  Throttling: { ...throttled, meaning: 'Too many calls; also every other code that starts so' },
  'Throttling.User': { ...throttled, meaning: 'Too many calls by this account' },
  'Throttling.Api': { ...throttled, meaning: 'Too many calls of this operation' },

  'isp.SYSTEM_ERROR': { ...maybeSent, meaning: 'Aliyun failed, perhaps after it had accepted' },
  'isp.GATEWAY_ERROR': { ...maybeSent, meaning: 'Aliyun failed, perhaps after it had accepted' },
  'isp.UNKNOWN': { ...maybeSent, meaning: 'Aliyun failed, perhaps after it had accepted' },
  ServiceUnavailable: { ...maybeSent, meaning: 'A temporary failure; also every other answer of HTTP 5xx' },
  InternalError: { ...maybeSent, meaning: 'An internal failure' },

  'isv.INVALID_PARAMETERS': { ...invalidMessage, meaning: 'A parameter has the wrong format' },
  MissingParameter: {
    ...invalidMessage,
    meaning: 'A parameter is missing; also every other code that starts with Missing',
  },
  InvalidVersion: { ...invalidMessage, meaning: 'The API has no such version' },
  'InvalidAction.NotFound': { ...invalidMessage, meaning: 'The API has no such operation' },
}

/** An `isv` code blames the caller, so nothing was sent; whatever else we do not know may have gone out. */
const UNKNOWN_ISV: ErrorRow = {
  code: 'DRIVER_FAILED',
  delivery: 'not_sent',
  meaning: 'An isv code not in the table',
}
const UNKNOWN: ErrorRow = { code: 'DRIVER_FAILED', delivery: 'unknown', meaning: 'A code not in the table' }

/** The row of a provider's code, by its own word, its documented family, or the HTTP status. */
export function rowOf(code: string, status: number): ErrorRow {
  if (Object.hasOwn(ALIYUN_ERRORS, code)) return ALIYUN_ERRORS[code] ?? UNKNOWN
  if (code.startsWith('Throttling')) return ALIYUN_ERRORS['Throttling'] ?? UNKNOWN
  if (code.startsWith('Missing')) return ALIYUN_ERRORS['MissingParameter'] ?? UNKNOWN
  if (status >= 500) return ALIYUN_ERRORS['ServiceUnavailable'] ?? UNKNOWN
  return code.startsWith('isv.') ? UNKNOWN_ISV : UNKNOWN
}
