/** The client for browsers, Node and mini-programs: one line to the server, nothing lost while it is broken. */
export { PushClient } from './client/push-client.ts'
export { wechat } from './client/wechat.ts'
export type { WeChat, WeChatPlatform, WeChatSocketTask } from './client/wechat.ts'
export type { ConnectionState, PushEvents, PushFailure, PushPresence, PushState } from './client/events.ts'
export type { History, HistoryOptions, Position, PushContent, PushMessage } from './client/message.ts'
export type { PushClientOptions, PushError, Timers, Transport } from './client/options.ts'
