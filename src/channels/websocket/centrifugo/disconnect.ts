/** Ends the connections of one user, outside of any send: with its own time limit, and its own secrets cut out. */
import * as z from 'zod'
import type { Clock } from '../../../core/clock.ts'
import { NotifyError } from '../../../core/errors.ts'
import { parse } from '../../../core/parse.ts'
import { bareError, redacted, scrubber } from '../../../core/redact.ts'
import { userId } from '../names.ts'
import type { CentrifugoApi } from './api.ts'

const TIMEOUT_MS = 10_000

export interface DisconnectRequest {
  readonly user: string
  /** Lets clients come back at once. @default false */
  readonly reconnect?: boolean
}

/** An empty user would be every connection without one. */
const disconnectRequest = z.strictObject({ user: userId, reconnect: z.boolean().optional() })

interface DisconnectInit {
  readonly api: CentrifugoApi
  readonly clock: Clock
  readonly secrets: readonly string[]
}

export async function disconnectUser(input: DisconnectRequest, init: DisconnectInit): Promise<void> {
  const { user, reconnect = false } = parse(disconnectRequest, input, 'INVALID_MESSAGE')
  const timeout = new AbortController()
  const timer = init.clock.setTimeout(() => timeout.abort(), TIMEOUT_MS)
  try {
    await init.api.disconnect(user, reconnect, timeout.signal)
  } catch (cause) {
    throw redacted(explained(cause, timeout.signal), scrubber([...init.secrets, user]))
  } finally {
    timer.cancel()
  }
}

function explained(cause: unknown, { aborted }: AbortSignal): NotifyError {
  if (aborted) return new NotifyError('TIMED_OUT', `Centrifugo did not answer within ${TIMEOUT_MS} ms`)
  if (NotifyError.isNotifyError(cause)) return cause
  return new NotifyError('DRIVER_FAILED', 'The Centrifugo driver failed', { cause: bareError(cause) })
}
