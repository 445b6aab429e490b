/** Where the file is written: in this thread, or in one of its own. */
import type { Answer, Operation } from './operations.ts'
import type { EmbeddedSettings } from './options.ts'
import { openFile } from './open-file.ts'

export interface Host {
  execute(operations: readonly Operation[]): readonly Answer[] | Promise<readonly Answer[]>
  close(): Promise<void>
}

/** @throws {NotifyError} INVALID_CONFIG, UNAVAILABLE */
export async function openHost({ file, clock }: EmbeddedSettings): Promise<Host> {
  const executor = await openFile(file, clock)
  return {
    execute: (operations) => executor.execute(operations),
    close: () => {
      executor.close()
      return Promise.resolve()
    },
  }
}
