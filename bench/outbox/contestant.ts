/** What takes part: ours through `notify.enqueue` and a driver that does nothing, and the bare engine under it as the limit. */

export interface Contestant {
  readonly name: string
  /** One durable job; resolves when it is kept. */
  enqueue(): Promise<unknown>
  /** Many in one call. */
  enqueueMany(count: number): Promise<unknown>
  /** Delivers all that waits, and whatever is enqueued from then on. Resolves when `count` are done. */
  deliver(count: number): Promise<void>
  /** Told when a job is begun. */
  onBegin: (() => void) | undefined
  /** Bytes on the disk, or in the server's memory. */
  bytes(): Promise<number>
  close(): Promise<void>
}

export interface Pair {
  readonly engine: string
  readonly ours: () => Promise<Contestant>
  readonly bare: () => Promise<Contestant>
}

export const MESSAGE = {
  to: 'ann@example.com',
  subject: 'Your receipt',
  text: 'Thank you for your order 1234.',
}
