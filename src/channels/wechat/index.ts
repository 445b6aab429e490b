/** Public surface of `notiwire/wechat`. */
export { miniProgram } from './mini-program.ts'
export type { MiniProgramDriver } from './mini-program.ts'
export { officialAccount } from './official-account.ts'
export type { OfficialAccountDriver } from './official-account.ts'
export type { MiniProgramConfig, OfficialAccountConfig } from './config.ts'
export type { SubscribeMessageInput } from './message.ts'
export type { TemplateMessageInput } from './template-message.ts'
export type { StoredToken, TokenStore } from './token-store.ts'
