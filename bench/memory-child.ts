/** Sends as many messages as its argument says through `sendMany`, and prints how its memory grew, in MB. */
import { createNotify } from '../src/index.ts'
import { InProcess, type Note } from './in-process-driver.ts'

const MB = 1024 * 1024
const SENDS = Number(process.argv[2])
/** Results between two looks at the memory. */
const LOOK_EVERY = 5_000

interface Memory {
  readonly sent: number
  readonly seconds: number
  readonly rssStartMb: number
  readonly rssPeakMb: number
  readonly rssEndMb: number
  readonly heapStartMb: number
  readonly heapEndMb: number
}

await using notify = createNotify({ channels: { it: new InProcess() } })
console.log(JSON.stringify(await measure()))

async function measure(): Promise<Memory> {
  const heapStartMb = heapMb()
  const rssStartMb = rssMb()
  const startedAt = performance.now()
  let rssPeakMb = rssStartMb
  let results = 0
  let sent = 0
  for await (const { status } of notify.sendMany('it', notes(SENDS))) {
    results += 1
    if (status === 'sent') sent += 1
    if (results % LOOK_EVERY === 0) rssPeakMb = Math.max(rssPeakMb, rssMb())
  }
  const seconds = (performance.now() - startedAt) / 1000
  const rssEndMb = rssMb()
  return { sent, seconds, rssStartMb, rssPeakMb, rssEndMb, heapStartMb, heapEndMb: heapMb() }
}

async function* notes(count: number): AsyncGenerator<Note> {
  for (let at = 0; at < count; at += 1) yield { to: await Promise.resolve(`user-${at}`) }
}

function rssMb(): number {
  return process.memoryUsage.rss() / MB
}

/** Of what is still in use. */
function heapMb(): number {
  if (!global.gc) throw new Error('Run with --expose-gc')
  global.gc()
  return process.memoryUsage().heapUsed / MB
}
