/** Public surface of `notiwire/websocket`. */
import type { Clock } from '../../core/clock.ts'
import type { WebSocketConfigInput } from './config.ts'
import { WebSocketDriver } from './driver.ts'

/**
 * Push over WebSocket to browsers and apps that are connected to this process; needs the package `ws`.
 * @throws {NotifyError} INVALID_CONFIG, naming every wrong field
 */
export function websocket(
  config: WebSocketConfigInput,
  { clock }: { readonly clock?: Clock } = {},
): WebSocketDriver {
  return new WebSocketDriver(config, clock ? { clock } : {})
}

export { WebSocketDriver } from './driver.ts'
export type { WebSocketPreview, WebSocketReceipt } from './driver.ts'
export { CLOSE } from './close-codes.ts'
export type { CloseReason } from './close-codes.ts'
export type { WebSocketConfigInput } from './config.ts'
export type {
  Authenticate,
  AuthorizeChannel,
  ChannelRequest,
  ConnectionEvent,
  Credentials,
  DisconnectionEvent,
  Identity,
} from './hooks.ts'
export type { TokenRequest } from './issue-token.ts'
export type { ListenAddress, ListenOptions } from './listener.ts'
export type { WebSocketEnvelope, WebSocketMessageInput, WebSocketTarget } from './message.ts'
export type { UpgradeServer } from './upgrade.ts'
