/**
 * A text message made from a template that the provider has approved.
 * Source, read 2026-11-23: https://help.aliyun.com/en/sms/developer-reference/api-dysmsapi-2017-05-25-sendsms
 */
import * as z from 'zod'
import { EXPECTED_PHONE, readPhone } from './phone.ts'
import { isOneLine, isPlainNumber, ONE_LINE } from '../../core/plain-text.ts'

/** Characters of the longest name a template or one of its variables may have. */
export const MAX_NAME = 64

/** A sign name as the provider knows it; it adds the brackets itself. */
export const signName = z
  .string()
  .min(1, 'expected at least one character')
  .max(50, 'expected at most 50 characters')
  .regex(/^[^【】]*$/, 'expected the sign name without 【】')
  .refine(isOneLine, ONE_LINE)

export const smsMessage = z.strictObject({
  /**
   * One number: a mainland Chinese mobile, with or without its country code, or any other with `+` or `00` and its
   * country code, such as `+85251234567`.
   */
  to: z.string().refine((written) => readPhone(written) !== undefined, EXPECTED_PHONE),
  /** A template of the configuration by its alias, or a template code such as `SMS_154950909`. */
  template: z
    .string()
    .min(1, 'expected at least one character')
    .max(MAX_NAME, `expected at most ${MAX_NAME} characters`),
  /**
   * The template's values by name, such as `{ code: '1234' }`. Numbers are sent as their decimal text: safe integers
   * and decimals that need no exponent.
   */
  params: z
    .record(
      z.string(),
      z.union([
        z.string(),
        z.number().refine(isPlainNumber, 'expected a safe integer or a decimal without an exponent'),
      ]),
    )
    .default({}),
  /** The sign name in front of the text. @default the configuration's */
  signName: signName.optional(),
  /** Your own reference, returned in receipts and reports. @default made from the delivery's id or idempotency key */
  outId: z
    .string()
    .regex(/^[\w.:-]{1,64}$/, 'expected 1 to 64 letters, digits or one of . : _ -')
    .optional(),
  /** Extension of the sender's number, for replies. Up to 10 digits. */
  smsUpExtendCode: z
    .string()
    .regex(/^\d{1,10}$/, 'expected 1 to 10 digits')
    .optional(),
})

export type SmsMessageInput = z.input<typeof smsMessage>
export type SmsMessage = z.output<typeof smsMessage>
