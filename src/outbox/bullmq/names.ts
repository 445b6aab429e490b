/** How ids, keys, channels and priorities are called in BullMQ, which takes not every text. */
import { createHash } from 'node:crypto'

/** BullMQ's ids hold no colon and are no number; these begin with a letter. */
export const toJobId = (id: string): string => `j${encodeURIComponent(id)}`
export const fromJobId = (jobId: string): string => decodeURIComponent(jobId.slice(1))

export const toQueueName = (channel: string): string => encodeURIComponent(channel)

/** The queue without jobs through which workers are told of what is cancelled; no channel's name holds an `@`. */
export const CONTROL_QUEUE = '@control'

export const toDeduplicationId = (key: string): string => createHash('sha256').update(key).digest('hex')

/** BullMQ attempts the lowest first, and what has none before all others: so every job has one, of 1 or more. */
export const toPriority = (priority = 0): number => 1_001 - priority
