/** What `notify.send` costs over calling the driver's own `deliver`, with default options: microseconds per send. */
import { Attempt } from '../src/core/delivery.ts'
import { createNotify } from '../src/index.ts'
import { InProcess } from './in-process-driver.ts'
import { median, round } from './statistics.ts'

export interface OverheadPlan {
  readonly sends: number
  readonly rounds: number
}

export interface Overhead {
  readonly sends: number
  readonly rounds: number
  readonly deliverUs: number
  readonly sendUs: number
  readonly overheadUs: number
  /** The same with an idempotency key of its own for each send. */
  readonly keyedSendUs: number
  readonly keyedOverheadUs: number
}

const MESSAGE = { to: 'someone' }

export async function measureOverhead({ sends, rounds }: OverheadPlan): Promise<Overhead> {
  const driver = new InProcess()
  const attempt = new Attempt({ id: '1' })
  const deliver = () => driver.deliver(MESSAGE, attempt)
  const bare: number[] = []
  const full: number[] = []
  const keyed: number[] = []
  // One round more than counts: the first one is the compiler's.
  for (let at = 0; at <= rounds; at += 1) {
    bare.push(await microsecondsEach(sends, deliver))
    full.push(await eachOf(sends, false))
    keyed.push(await eachOf(sends, true))
  }
  const [deliverUs, sendUs, keyedSendUs] = [bare, full, keyed].map((values) => median(values.slice(1)))
  return rounded({ sends, rounds, deliverUs, sendUs, keyedSendUs })
}

/** Of a new Notify: keys live for a day, and millions of them would be measured as memory. */
async function eachOf(sends: number, isKeyed: boolean): Promise<number> {
  await using notify = createNotify({ channels: { it: new InProcess() } })
  let count = 0
  const plain = () => notify.send('it', MESSAGE)
  const keyed = () => notify.send('it', MESSAGE, { idempotencyKey: `order-${(count += 1)}` })
  return await microsecondsEach(sends, isKeyed ? keyed : plain)
}

async function microsecondsEach(sends: number, run: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  for (let at = 0; at < sends; at += 1) await run()
  return ((performance.now() - startedAt) / sends) * 1000
}

interface Medians {
  readonly sends: number
  readonly rounds: number
  readonly deliverUs: number | undefined
  readonly sendUs: number | undefined
  readonly keyedSendUs: number | undefined
}

function rounded({ sends, rounds, deliverUs = NaN, sendUs = NaN, keyedSendUs = NaN }: Medians): Overhead {
  return {
    ...{ sends, rounds, deliverUs: round(deliverUs), sendUs: round(sendUs) },
    overheadUs: round(sendUs - deliverUs),
    keyedSendUs: round(keyedSendUs),
    keyedOverheadUs: round(keyedSendUs - deliverUs),
  }
}
