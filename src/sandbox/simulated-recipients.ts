/** Recipients whose messages always end in one way, on every channel; none of them is anybody's. */
import type { FakeFault, Simulation } from '../core/fake.ts'
import type { SimulatedRecipient } from './api.ts'

/** The top-level domain `.test` is reserved: RFC 2606. */
const DOMAIN = 'simulator.test'

const refusing = (to: string, refusal: string, meaning: string): SimulatedRecipient => ({
  to,
  refusal,
  meaning,
})
const failing = (to: string, fault: FakeFault, meaning: string): SimulatedRecipient => ({
  to,
  fault,
  meaning,
})

const mail = (name: string) => `${name}@${DOMAIN}`
/** Mainland numbers of a range that is for virtual operators; these begin with zeros. */
const number = (last: number) => `1700000${String(last).padStart(4, '0')}`
/** At least 20 characters, as openids have. */
const openid = (what: string) => `osimulated-${what}-`.padEnd(28, '0')
const token = (start: string) => start.padEnd(64, '0')

const NEVER = 'Never answers; the message is not kept'
const LOST = 'Takes the message, and the answer is lost'
const CUT = 'Breaks the connection; the message is not kept'

/** The same numbers mean the same with both providers. */
function numbers(
  codes: readonly (readonly [code: string, meaning: string])[],
): readonly SimulatedRecipient[] {
  return [
    ...codes.map(([code, meaning], at) => refusing(number(at + 1), code, meaning)),
    failing(number(97), 'stall', NEVER),
    failing(number(98), 'reset', CUT),
    failing(number(99), 'reset_accepted', LOST),
  ]
}

/** By provider. */
export const SIMULATED: Readonly<Record<string, readonly SimulatedRecipient[]>> = {
  smtp: [
    refusing(mail('hard-bounce'), '550 5.1.1 No such user here', 'Does not exist'),
    refusing(mail('soft-bounce'), '452 4.2.2 Mailbox full', 'The mailbox is full'),
    refusing(
      mail('greylisted'),
      '450 4.7.1 Greylisted, try again in five minutes',
      'Greylisted at every try',
    ),
    refusing(mail('blocked'), 'MESSAGE 554 5.7.1 Rejected as spam', 'The content is refused as spam'),
    refusing(mail('too-large'), 'MESSAGE 552 5.3.4 Message too big for system', 'The message is too large'),
    refusing(mail('no-sender'), '550 5.7.1 Sender address rejected', 'We may not send from this address'),
    failing(mail('never-answers'), 'stall', NEVER),
    failing(mail('cut-off'), 'reset', CUT),
    failing(mail('lost-answer'), 'reset_accepted', LOST),
  ],
  aliyun: numbers([
    ['isv.BUSINESS_LIMIT_CONTROL', 'Always over its quota'],
    ['isv.MOBILE_NUMBER_ILLEGAL', 'Not a number it can send to'],
    ['isv.BLACK_KEY_CONTROL_LIMIT', 'On the blocklist'],
    ['isv.CUSTOMER_REFUSED', 'Has unsubscribed'],
    ['isv.AMOUNT_NOT_ENOUGH', 'The balance is used up'],
    ['isv.SMS_TEMPLATE_ILLEGAL', 'The template is not approved'],
    ['Throttling.User', 'Too many calls'],
    ['isp.SYSTEM_ERROR', 'Aliyun failed, perhaps after it had accepted'],
  ]),
  tencent: numbers([
    ['LimitExceeded.PhoneNumberThirtySecondLimit', 'Always over its quota'],
    ['InvalidParameterValue.IncorrectPhoneNumber', 'Not a number it can send to'],
    ['FailedOperation.PhoneNumberInBlacklist', 'On the blocklist'],
    ['LimitExceeded.PhoneNumberDailyLimit', 'Over its quota of the day'],
    ['FailedOperation.InsufficientBalanceInSmsPackage', 'The package is used up'],
    ['FailedOperation.TemplateIncorrectOrUnapproved', 'The template is not approved'],
    ['RequestLimitExceeded', 'Too many calls'],
    ['InternalError.OtherError', 'Tencent failed, perhaps after it had accepted'],
  ]),
  wechat: [
    refusing(openid('43101'), '43101', 'Never subscribed, or the subscription is used up'),
    refusing(openid('40003'), '40003', 'Not an openid of this account'),
    refusing(openid('43116'), '43116', 'The template is banned'),
    refusing(openid('45009'), '45009', 'The quota of the day is used up'),
    refusing(openid('47003'), '47003', 'A field breaks its format'),
    failing(openid('stall'), 'stall', NEVER),
    failing(openid('reset'), 'reset', CUT),
    failing(openid('lost'), 'reset_accepted', LOST),
  ],
  apns: [
    refusing(token('410'), 'Unregistered', 'The app was taken off the device'),
    refusing(token('400'), 'BadDeviceToken', 'Not a device token'),
    refusing(token('403'), 'TopicDisallowed', 'These credentials may not push to this topic'),
    refusing(token('413'), 'PayloadTooLarge', 'The payload is too large'),
    refusing(token('429'), 'TooManyRequests', 'Too many pushes to this device'),
    refusing(token('500'), 'InternalServerError', 'APNs failed'),
    refusing(token('503'), 'ServiceUnavailable', 'APNs is overloaded'),
    failing(token('dead'), 'stall', NEVER),
    failing(token('cafe'), 'reset', CUT),
    failing(token('fade'), 'reset_accepted', LOST),
  ],
  centrifugo: [
    refusing('simulated-102', '102', 'The channel’s namespace is unknown'),
    refusing('simulated-103', '103', 'Permission denied'),
    refusing('simulated-111', '111', 'Too many requests'),
    refusing('simulated-100', '100', 'The server failed, and may have published all the same'),
    failing('simulated-stall', 'stall', NEVER),
    failing('simulated-reset', 'reset', CUT),
    failing('simulated-lost', 'reset_accepted', LOST),
  ],
}

/** Providers that share their recipients with another. */
const SAME: Readonly<Record<string, string>> = {
  'wechat-mini-program': 'wechat',
  'wechat-official-account': 'wechat',
}

export function simulatedRecipients(provider: string): readonly SimulatedRecipient[] {
  return SIMULATED[SAME[provider] ?? provider] ?? []
}

/** What is simulated for the first of the recipients who is one of ours. */
export function simulationOf(provider: string, recipients: readonly string[]): Simulation | undefined {
  const ours = simulatedRecipients(provider)
  for (const recipient of recipients) {
    const found = ours.find(({ to }) => to === bare(recipient)) ?? anyCode(provider, recipient)
    if (found) return toSimulation(found)
  }
  return undefined
}

/** How a recipient is written where its provider adds to it: `+86`, and `#` of a user's channel. */
function bare(recipient: string): string {
  return recipient.replace(/^(?:\+?86(?=1\d{10}$)|#)/, '').toLowerCase()
}

/** `reply-550-5.1.1@simulator.test` is answered so, and `osimulated-40037-0000` with that errcode. */
function anyCode(provider: string, recipient: string): Omit<SimulatedRecipient, 'meaning'> | undefined {
  const reply = /^reply-([45]\d\d)(?:-(\d\.\d{1,3}\.\d{1,3}))?@simulator\.test$/i.exec(recipient)
  if (provider === 'smtp' && reply) {
    const [, code = '', enhanced = ''] = reply
    return { to: recipient, refusal: [code, enhanced, 'Simulated'].filter(Boolean).join(' ') }
  }
  const errcode = /^osimulated-(-?\d{1,6})(?:-0*)?$/.exec(recipient)?.[1]
  return provider.startsWith('wechat') && errcode !== undefined
    ? { to: recipient, refusal: errcode }
    : undefined
}

function toSimulation({ refusal, fault }: Omit<SimulatedRecipient, 'meaning'>): Simulation {
  return refusal === undefined ? { fault: fault as FakeFault } : { refusal }
}
