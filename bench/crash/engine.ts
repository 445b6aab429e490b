/** Which outbox a crash child opens; plain data, so that it fits on a command line. */
import type { Outbox } from '../../src/index.ts'
import { bullmq } from '../../src/outbox/bullmq.ts'
import { embedded } from '../../src/outbox/embedded.ts'

export type EngineSpec =
  | { readonly kind: 'embedded'; readonly file: string; readonly thread: boolean }
  | { readonly kind: 'redis'; readonly url: string }
  | { readonly kind: 'postgres'; readonly url: string }

/** How long a dead worker's jobs are held, in milliseconds: short, so that a run does not take minutes. */
export const LEASE_MS = 2_000

export function engineOf(spec: EngineSpec): Outbox {
  switch (spec.kind) {
    case 'embedded':
      return embedded({ file: spec.file, thread: spec.thread, leaseMs: LEASE_MS })
    case 'redis':
      return bullmq({ redis: spec.url, leaseMs: LEASE_MS })
    case 'postgres':
      return bullmq({ postgres: spec.url, leaseMs: LEASE_MS })
  }
}
