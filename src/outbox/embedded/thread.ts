/** The file of an outbox in a thread of its own: what is asked of it comes as plain data, and so do the answers. */
import { parentPort, workerData } from 'node:worker_threads'
import { NotifyError } from '../../core/errors.ts'
import { busyForTooLong, toNotifyError } from './failures.ts'
import { openFile } from './open-file.ts'
import type { Answer, Operation } from './operations.ts'

/** An answer as it crosses threads, where an error loses its class. */
export type Told = { readonly value: unknown } | { readonly failure: object }

/** Operations, with the time by the clock of who asks; or the end of it. */
export type Request = { readonly now: number; readonly operations: readonly Operation[] } | 'close'

function told(answer: Answer): Told {
  if ('value' in answer) return answer
  return { failure: failureOf(answer.error) }
}

function failureOf(cause: unknown): object {
  const error = NotifyError.isNotifyError(cause) ? cause : toNotifyError(cause)
  return error.toJSON()
}

async function serve(): Promise<void> {
  const { file } = workerData as { readonly file: string }
  let now = 0
  const executor = await openFile(file, { now: () => now })
  parentPort?.on('message', (request: Request) => {
    if (request !== 'close') {
      now = request.now
      const { operations } = request
      const answers = executor.execute(operations) ?? operations.map(() => ({ error: busyForTooLong() }))
      return parentPort?.postMessage(answers.map(told))
    }
    executor.close()
    parentPort?.postMessage([])
    return parentPort?.close()
  })
}

serve().then(
  () => parentPort?.postMessage([]),
  (cause: unknown) => {
    parentPort?.postMessage([{ failure: failureOf(cause) }])
    parentPort?.close()
  },
)
