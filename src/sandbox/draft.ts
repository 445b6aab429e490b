/** What is known of a message when it arrives, and what the inbox keeps of it. */
import type { CapturedMessage } from './captured.ts'

/** A part of a message that is fetched by itself. */
export interface StoredFile {
  /** MIME type. */
  readonly type: string
  readonly content: Buffer
  /** For whoever saves it. */
  readonly name: string
}

export interface CaptureDraft extends Omit<
  CapturedMessage,
  'id' | 'to' | 'recipients' | 'warnings' | 'trace'
> {
  /** All of them. */
  readonly recipientList: readonly string[]
  /** By which the sender knows it: what receipts call `providerId`. */
  readonly providerIds: readonly string[]
  readonly files?: ReadonlyMap<string, StoredFile>
}

export interface Stored extends CaptureDraft {
  readonly id: string
  /** Bytes of memory, about. */
  readonly size: number
  /** Whether it holds every word of a search. */
  readonly matches: (words: readonly string[]) => boolean
}
