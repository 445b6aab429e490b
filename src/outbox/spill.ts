/** Public surface of `notiwire/outbox/spill`. */
import type { Outbox } from '../core/outbox.ts'
import { SpillOutbox } from './spill/spill.ts'
import { readOptions, type SpillOptions } from './spill/options.ts'

export type { SpillOptions } from './spill/options.ts'

/**
 * An outbox that many hosts share, with a file in front of it for when its server is away: `enqueue` does not fail then. What went to
 * the file is handed on, under the same id and key, as soon as the server is back.
 * @throws {NotifyError} INVALID_CONFIG, naming every wrong option
 */
export function spill(options: SpillOptions): Outbox {
  return new SpillOutbox(readOptions(options))
}
