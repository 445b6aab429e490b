/**
 * A process with an outbox of its own on a file: `fill` enqueues until it is killed, `work` attempts until it is killed; each line on
 * its output is an id that was accepted, or begun, or settled. What it is told on its input it does then.
 */
import { createInterface } from 'node:readline'
import { embedded } from '../../../../src/outbox/embedded.ts'

const [, , file = '', mode = '', name = '', lease = '30000'] = process.argv
const outbox = embedded({ file, leaseMs: Number(lease), pollMs: 10, thread: false })
await outbox.open([])

const say = (text: string) => void process.stdout.write(`${text}\n`)

async function fill(caller: number): Promise<void> {
  for (let at = 0; ; at += 1) {
    const job = { id: `${name}-${caller}-${at}`, channel: 'email', payload: '{"to":"a@example.com"}' }
    const [answer] = await outbox.enqueue([job])
    say(`accepted ${answer?.id ?? 'nothing'}`)
  }
}

/** Attempts that end when its input says so. */
function work(): void {
  const ends: (() => void)[] = []
  createInterface({ input: process.stdin }).on('line', () => ends.splice(0).forEach((end) => end()))
  outbox.consume('email', {
    concurrency: 5,
    run: (job) =>
      new Promise((resolve) => {
        const end = () => resolve({ type: 'done', record: `by ${name}` })
        say(`began ${job.id} ${job.attempt} ${String(job.isAmbiguous)}`)
        job.signal.addEventListener('abort', () => say(`aborted ${job.id} ${String(job.signal.reason)}`))
        if (mode === 'work') end()
        else ends.push(end)
      }),
    settled: ({ id }) => say(`settled ${id}`),
  })
}

say('open')
if (mode === 'fill') await Promise.all(Array.from({ length: 50 }, (_, caller) => fill(caller)))
else work()
