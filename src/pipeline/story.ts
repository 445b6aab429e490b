/** What happened to a durable delivery so far, as text that an outbox keeps with it. */
import type { AttemptRecord, Receipt } from '../core/delivery.ts'
import type { NotifyError } from '../core/errors.ts'
import { fieldsOf, revive } from '../core/revive.ts'
import type { SkipReason } from '../core/skipped.ts'
import { attemptIn, bare, listOf, parsed } from './kept-text.ts'

export interface StoryAttempt extends AttemptRecord {
  /** When it began, in epoch milliseconds. */
  readonly at: number
}

/** A time in which it waited: for a provider, a limit, or the next try. */
export interface StoryWait {
  /** Epoch milliseconds. */
  readonly at: number
  readonly ms: number
  /** What it waited for. */
  readonly error: NotifyError
}

export type StoryEnd =
  | { readonly status: 'sent'; readonly receipt: Receipt }
  | { readonly status: 'failed' | 'unknown'; readonly error: NotifyError }
  | { readonly status: 'skipped'; readonly reason: SkipReason }

export interface Story {
  /** Oldest first. Of very many the first and the last are kept. */
  readonly attempts: readonly StoryAttempt[]
  readonly waits: readonly StoryWait[]
  /** How many attempts of the outbox it tells of; more were begun where workers died. */
  readonly counted: number
  /** When it was last begun anew, in epoch milliseconds; absent where it never was. */
  readonly since?: number
  /** Absent until it has ended. */
  readonly end?: StoryEnd
}

export const NEW_STORY: Story = { attempts: [], waits: [], counted: 0 }

/** A delivery that is put off for days must not grow for days. */
const MAX_TOLD = 30
const MAX_TEXT = 32_768

export function writeStory(story: Story): string {
  const { attempts, waits } = story
  const told = { ...story, attempts: shortened(attempts), waits: shortened(waits) }
  try {
    const text = JSON.stringify(told)
    if (told.end?.status !== 'sent' || text.length < MAX_TEXT) return text
  } catch {
    // The receipt is the driver's, and may be no JSON.
  }
  const { end } = told
  return JSON.stringify({
    ...told,
    end: end?.status === 'sent' ? { ...end, receipt: bare(end.receipt) } : end,
  })
}

/** What cannot be read is left out: an older or newer version wrote it. */
export function readStory(text: string | undefined): Story {
  if (text === undefined) return NEW_STORY
  const { attempts, waits, counted, since, end } = fieldsOf(parsed(text))
  const read = endIn(end)
  return {
    attempts: listOf(attempts, storyAttemptIn),
    waits: listOf(waits, waitIn),
    counted: typeof counted === 'number' ? counted : 0,
    ...(typeof since === 'number' && { since }),
    ...(read && { end: read }),
  }
}

/** @returns since when a try may have reached the provider without anybody knowing, in epoch milliseconds */
export function doubtSince({ attempts }: Story): number | undefined {
  return attempts.find(({ error }) => error?.delivery === 'unknown')?.at
}

function shortened<T>(list: readonly T[]): readonly T[] {
  const [first] = list
  return first === undefined || list.length <= MAX_TOLD ? list : [first, ...list.slice(1 - MAX_TOLD)]
}

function storyAttemptIn(value: unknown): StoryAttempt | undefined {
  const { at } = fieldsOf(value)
  const attempt = attemptIn(value)
  return attempt && typeof at === 'number' ? { ...attempt, at } : undefined
}

function waitIn(value: unknown): StoryWait | undefined {
  const { at, ms, error: told } = fieldsOf(value)
  const error = revive(told)
  return typeof at === 'number' && typeof ms === 'number' && error ? { at, ms, error } : undefined
}

function endIn(value: unknown): StoryEnd | undefined {
  const { status, receipt, error: told, reason } = fieldsOf(value)
  const error = revive(told)
  if (status === 'sent' && typeof fieldsOf(receipt)['providerId'] === 'string') {
    return { status, receipt: receipt as Receipt }
  }
  if ((status === 'failed' || status === 'unknown') && error) return { status, error }
  return status === 'skipped' && typeof reason === 'string'
    ? { status, reason: reason as SkipReason }
    : undefined
}
