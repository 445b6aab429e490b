import { describe, it } from 'vitest'
import { describeOutbox, memoryOutbox } from '../../src/testing/index.ts'

const harness = () => {
  const outbox = memoryOutbox()
  return Promise.resolve({
    open: async () => {
      await outbox.open(['email', 'sms'])
      return outbox
    },
    recoverMs: 1_000,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  })
}

describeOutbox('memoryOutbox', { harness }, { describe, it })
