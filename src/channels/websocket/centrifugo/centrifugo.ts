/** What makes the Centrifugo driver. */
import type { Clock } from '../../../core/clock.ts'
import type { CentrifugoConfigInput } from './config.ts'
import { CentrifugoDriver } from './driver.ts'

/**
 * Push through an existing Centrifugo server, by its HTTP API: the messages and clients of `websocket()`, for more
 * connections than Node should hold.
 * @throws {NotifyError} INVALID_CONFIG, naming every wrong field
 */
export function centrifugo(
  config: CentrifugoConfigInput,
  { clock }: { readonly clock?: Clock } = {},
): CentrifugoDriver {
  return new CentrifugoDriver(config, clock ? { clock } : {})
}
