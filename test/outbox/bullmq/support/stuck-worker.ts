/** Takes a job of the outbox that is told as JSON, says which attempt of which job it is, and never ends it. */
import { bullmq, type BullmqOptions } from '../../../../src/outbox/bullmq.ts'

const outbox = bullmq(JSON.parse(process.argv[2] ?? '{}') as BullmqOptions)
await outbox.open(['email'])
outbox.consume('email', {
  concurrency: 1,
  run: ({ id, attempt, isAmbiguous }) => {
    process.stdout.write(`${id} ${attempt} ${isAmbiguous}\n`)
    return new Promise(() => undefined)
  },
  settled: () => undefined,
})
