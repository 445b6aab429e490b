/** Every outcome that can be produced, by provider: from the tables by which the drivers read them. */
import { ERRORS as apns } from '../channels/apns/errors.ts'
import { ALIYUN_ERRORS } from '../channels/sms/aliyun-errors.ts'
import { TENCENT_ERRORS } from '../channels/sms/tencent-errors.ts'
import { ERRORS as centrifugo } from '../channels/websocket/centrifugo/errors.ts'
import { ERRORS as wechat } from '../channels/wechat/errors.ts'
import type { ErrorTable } from '../core/error-table.ts'
import type { FakeFault } from '../core/fake.ts'
import type { FaultMenu } from './api.ts'
import type { InboxChannel } from './captured.ts'
import { simulatedRecipients } from './simulated-recipients.ts'

export const FAULTS: readonly FakeFault[] = [
  'unreachable',
  'stall',
  'reset',
  'stall_accepted',
  'reset_accepted',
  'garbage',
]

/** An SMTP table is of patterns; these are replies as servers write them. `MESSAGE`: to the whole message. */
const SMTP_REPLIES: ErrorTable = {
  '550 5.1.1 No such user here': { code: 'RECIPIENT_REJECTED', meaning: 'No such address' },
  '550 5.2.1 Mailbox disabled': { code: 'RECIPIENT_REJECTED', meaning: 'The mailbox is disabled' },
  '550 Refused': { code: 'RECIPIENT_REJECTED', meaning: 'Takes nothing, and does not say why' },
  '452 4.2.2 Mailbox full': { code: 'UNAVAILABLE', meaning: 'The mailbox is full' },
  '450 4.7.1 Greylisted, try again later': { code: 'RATE_LIMITED', meaning: 'Greylisted' },
  '421 4.3.2 Shutting down': { code: 'UNAVAILABLE', meaning: 'The server goes away' },
  'MESSAGE 554 5.7.1 Rejected as spam': {
    code: 'CONTENT_REJECTED',
    meaning: 'The content is refused as spam',
  },
  'MESSAGE 552 5.3.4 Message too big for system': {
    code: 'PAYLOAD_TOO_LARGE',
    meaning: 'The message is too large',
  },
  'MESSAGE 451 4.3.0 Try again later': { code: 'UNAVAILABLE', meaning: 'The server cannot take it now' },
}

const CHANNELS: readonly (readonly [provider: string, channel: InboxChannel, table: ErrorTable])[] = [
  ['smtp', 'email', SMTP_REPLIES],
  ['aliyun', 'sms', ALIYUN_ERRORS],
  ['tencent', 'sms', TENCENT_ERRORS],
  ['wechat-mini-program', 'wechat', wechat],
  ['wechat-official-account', 'wechat', wechat],
  ['apns', 'apns', apns],
  ['centrifugo', 'websocket', numbered(centrifugo)],
]

/** Those whose messages can be made to fail. */
export const FAULT_PROVIDERS: readonly string[] = CHANNELS.map(([provider]) => provider)

export function faultMenus(): readonly FaultMenu[] {
  return CHANNELS.map(([provider, channel, table]) => ({
    ...{ provider, channel, faults: FAULTS },
    refusals: Object.entries(table).map(([refusal, { code, meaning }]) => ({ refusal, code, meaning })),
    recipients: simulatedRecipients(provider),
  }))
}

/** The others are no answers of the server's API. */
function numbered(table: ErrorTable): ErrorTable {
  return Object.fromEntries(Object.entries(table).filter(([code]) => /^\d+$/.test(code)))
}
