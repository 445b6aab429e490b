/** One thing that goes wrong, and what the SDK says of it beside what the provider knows of it. */
import { createNotify, type AnyNotifier, type Clock } from '../../../src/index.ts'
import { FakeClock } from '../../../src/testing/index.ts'

export const CHANNELS = ['email', 'sms', 'wechat', 'apns', 'websocket'] as const
export type ChannelName = (typeof CHANNELS)[number]

/** Why a send that gets no answer ends, and what has to have happened before. */
export interface Ending {
  readonly after: Promise<unknown>
  readonly by: 'attempt' | 'deadline' | 'caller'
}

/** A driver, what it sends, and the far end that knows the truth. */
export interface Scene {
  readonly driver: AnyNotifier
  readonly message: unknown
  /** How many messages the far end has taken for good; asked after the send, when nothing is under way. */
  readonly accepted: () => number | Promise<number>
  readonly ending?: Ending | undefined
  readonly close: () => Promise<unknown>
}

export interface FaultCase {
  readonly channel: ChannelName
  readonly fault: string
  readonly stage: () => Promise<Scene>
}

export interface Outcome {
  readonly channel: ChannelName
  readonly fault: string
  readonly status: 'sent' | 'skipped' | 'failed'
  /** Null where it was sent, as is `delivery`. */
  readonly code: string | null
  readonly delivery: 'not_sent' | 'unknown' | null
  /** Whether the provider really has the message. */
  readonly accepted: boolean
}

/** Told as sent and it was not, or told as not sent and it was. */
export function isLie({ status, delivery, accepted }: Outcome): boolean {
  return accepted ? delivery === 'not_sent' : status === 'sent'
}

/** The one place where the SDK is put together. */
function open(driver: AnyNotifier, clock: Clock) {
  return createNotify({ channels: { it: driver }, clock, retry: false })
}

const ATTEMPT_MS = 10_000
const DEADLINE_MS = 20_000

export async function runCase({ channel, fault, stage }: FaultCase): Promise<Outcome> {
  const scene = await stage()
  const clock = new FakeClock()
  const notify = open(scene.driver, clock)
  try {
    const caller = new AbortController()
    const { ending } = scene
    const limits = {
      deadlineMs: DEADLINE_MS,
      attemptTimeoutMs: ending?.by === 'deadline' ? DEADLINE_MS * 2 : ATTEMPT_MS,
    }
    const sending = notify.send('it', scene.message, { ...limits, signal: caller.signal })
    // A send that failed on the way never gets where it would have waited.
    if (ending) await Promise.race([ending.after, sending]).then(() => end(ending, clock, caller))
    const result = await sending
    const error = result.status === 'failed' ? result.error : undefined
    return {
      channel,
      fault,
      status: result.status,
      code: error?.code ?? null,
      delivery: error?.delivery ?? null,
      accepted: (await scene.accepted()) > 0,
    }
  } finally {
    await notify.close()
    await scene.close()
  }
}

/** Time is up as soon as what has to happen before has happened, however fast the machine is. */
async function end({ by }: Ending, clock: FakeClock, caller: AbortController): Promise<void> {
  if (by === 'caller') caller.abort()
  else await clock.advance(by === 'deadline' ? DEADLINE_MS : ATTEMPT_MS)
}
