/** Public surface of `notiwire/apns`. */
import type { ApnsConfigInput } from './config.ts'
import { ApnsDriver, type ApnsOptions } from './driver.ts'

/**
 * A driver for Apple push notifications. Connects at its first send.
 * @throws {NotifyError} INVALID_CONFIG, naming every wrong field
 */
export const apns = (config: ApnsConfigInput, options?: ApnsOptions): ApnsDriver =>
  new ApnsDriver(config, options)

export { ApnsDriver }
export { fromNodeApn } from './from-node-apn.ts'
export type { ApnsContent } from './from-node-apn.ts'
export type { ApnsOptions, ApnsPreview, ApnsReceipt } from './driver.ts'
export type { ApnsConfigInput } from './config.ts'
export type { ApnsMessageInput } from './message.ts'
