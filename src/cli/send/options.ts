/** The options of `send`. */
import type { CommonOptions } from '../common-options.ts'
import type { Format } from '../message/item.ts'
import type { MessageFlags } from '../message/flags.ts'

export interface SendCommandOptions extends CommonOptions, MessageFlags {
  readonly file?: string
  readonly format?: Format
  readonly concurrency?: number
  readonly out?: string
  readonly resume?: readonly string[]
  readonly resendUnknown?: boolean
  readonly dryRun?: boolean
  readonly idempotencyKey?: string
}
