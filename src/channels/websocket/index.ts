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
export type { Disconnection, WebSocketPreview } from './driver.ts'
export type { Outcome, WebSocketReceipt } from './sender.ts'
export type { WebSocketStats } from './snapshot.ts'
export { centrifugo } from './centrifugo/centrifugo.ts'
export { CentrifugoDriver } from './centrifugo/driver.ts'
export type { CentrifugoPreview, CentrifugoReceipt } from './centrifugo/driver.ts'
export type { CentrifugoConfigInput } from './centrifugo/config.ts'
export type { DisconnectRequest } from './centrifugo/disconnect.ts'
export { CLOSE } from './close-codes.ts'
export type { CloseReason } from './close-codes.ts'
export type { WebSocketConfigInput } from './config.ts'
export type {
  AcknowledgementEvent,
  Authenticate,
  AuthorizeChannel,
  ChannelPermission,
  ChannelRequest,
  ConnectionEvent,
  Credentials,
  DisconnectionEvent,
  EngagementEvent,
  Identity,
  IsRevoked,
  OnRpc,
  RpcRequest,
} from './hooks.ts'
export type { TokenRequest } from './issue-token.ts'
export type { ListenAddress, ListenOptions } from './listener.ts'
export type { WebSocketEnvelope, WebSocketMessageInput, WebSocketTarget } from './message.ts'
export type { RequestHandler } from './sse/routes.ts'
export type { TicketRequest } from './sse/tickets.ts'
export type { UpgradeServer } from './upgrade.ts'
