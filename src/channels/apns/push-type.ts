/**
 * The push types of APNs and what each one asks of the topic, the payload and the credentials.
 * Source, read 2026-11-23: https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns
 */

export const PUSH_TYPES = [
  'alert',
  'background',
  'voip',
  'location',
  'complication',
  'fileprovider',
  'mdm',
  'liveactivity',
  'pushtotalk',
  'widgets',
  'controls',
] as const

export type PushType = (typeof PUSH_TYPES)[number]

export interface PushTypeRules {
  /** What follows the bundle id in the topic. */
  readonly suffix: string
  /** Largest payload, in bytes. */
  readonly maxBytes: number
  /** Whether it takes a token key; certificates cannot send it. */
  readonly needsTokenAuth: boolean
}

const common: PushTypeRules = { suffix: '', maxBytes: 4096, needsTokenAuth: false }

export const PUSH_TYPE_RULES: Readonly<Record<PushType, PushTypeRules>> = {
  alert: common,
  background: common,
  voip: { ...common, suffix: '.voip', maxBytes: 5120 },
  location: { ...common, suffix: '.location-query', needsTokenAuth: true },
  complication: { ...common, suffix: '.complication' },
  fileprovider: { ...common, suffix: '.pushkit.fileprovider' },
  mdm: common,
  liveactivity: { ...common, suffix: '.push-type.liveactivity', needsTokenAuth: true },
  pushtotalk: { ...common, suffix: '.voip-ptt' },
  widgets: { ...common, suffix: '.push-type.widgets' },
  controls: { ...common, suffix: '.push-type.controls' },
}

const SUFFIXES = Object.values(PUSH_TYPE_RULES)
  .map(({ suffix }) => suffix)
  .filter((suffix) => suffix !== '')

/** Whether a topic has the form its push type asks for. An mdm topic is the certificate's UID: any will do. */
export function isTopicOf(topic: string, type: PushType): boolean {
  if (type === 'mdm') return true
  const { suffix } = PUSH_TYPE_RULES[type]
  if (suffix !== '') return topic.endsWith(suffix) && topic.length > suffix.length
  return !SUFFIXES.some((other) => topic.endsWith(other))
}
