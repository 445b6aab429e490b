import { describe, it } from 'vitest'
import { embedded } from '../../../src/outbox/embedded.ts'
import { describeOutbox } from '../../../src/testing/index.ts'
import { newFile } from './support/processes.ts'

const harnessOf = (thread: boolean) => async () => {
  const { file, [Symbol.asyncDispose]: remove } = await newFile()
  return {
    open: async () => {
      const outbox = embedded({ file, thread, pollMs: 10 })
      await outbox.open(['email', 'sms'])
      return outbox
    },
    recoverMs: 2_000,
    [Symbol.asyncDispose]: remove,
  }
}

describeOutbox('embedded, in this thread,', { harness: harnessOf(false) }, { describe, it })
describeOutbox('embedded, in a thread of its own,', { harness: harnessOf(true) }, { describe, it })
