/** Public surface of `notiwire/outbox/embedded`. */
import type { Outbox } from '../core/outbox.ts'
import { EmbeddedOutbox } from './embedded/engine.ts'
import { readOptions, type EmbeddedOptions } from './embedded/options.ts'

export type { EmbeddedOptions } from './embedded/options.ts'

/**
 * An outbox in a SQLite file. On Node 20 it needs the package `@photostructure/sqlite`.
 * @throws {NotifyError} INVALID_CONFIG, naming every wrong option
 */
export function embedded(options: EmbeddedOptions): Outbox {
  return new EmbeddedOutbox(readOptions(options))
}
