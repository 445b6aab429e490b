/** Public surface of `notiwire/sms`. */
import type { Clock } from '../../core/clock.ts'
import type { AliyunConfigInput } from './aliyun-config.ts'
import { AliyunDriver } from './aliyun-driver.ts'
import type { TencentConfigInput } from './tencent-config.ts'
import { TencentDriver } from './tencent-driver.ts'

/**
 * Text messages through Alibaba Cloud. Needs the package `@alicloud/dysmsapi20170525`, loaded at the first send.
 * @throws {NotifyError} INVALID_CONFIG, naming every wrong setting
 */
export function aliyun(config: AliyunConfigInput, options: { readonly clock?: Clock } = {}): AliyunDriver {
  return new AliyunDriver(config, options)
}

/**
 * Text messages through Tencent Cloud. Needs no further package.
 * @throws {NotifyError} INVALID_CONFIG, naming every wrong setting
 */
export function tencent(config: TencentConfigInput, options: { readonly clock?: Clock } = {}): TencentDriver {
  return new TencentDriver(config, options)
}

export { aliyunLimits, forTemplates } from './limits.ts'
export type { AliyunConfigInput, AliyunCredentials } from './aliyun-config.ts'
export type { AliyunDriver, AliyunPreview, AliyunReceipt } from './aliyun-driver.ts'
export type { AliyunMessage } from './aliyun-message.ts'
export type { SmsMessageInput } from './message.ts'
export type { TencentConfigInput } from './tencent-config.ts'
export type { TencentDriver, TencentFields, TencentPreview, TencentReceipt } from './tencent-driver.ts'
export type { TencentMessage } from './tencent-message.ts'
