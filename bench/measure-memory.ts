/** How a process grows that sends very many messages through `sendMany`: each run in a process of its own. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { round } from './statistics.ts'

export interface MemoryGrowth {
  readonly sends: number
  readonly seconds: number
  /** Highest resident set over the one before the first send; the compiler's and the collector's own included. */
  readonly rssGrowthMb: number
  /** What is still referenced after a full collection, over the same before the first send. */
  readonly heapGrowthMb: number
}

const run = promisify(execFile)
const CHILD = join(import.meta.dirname, 'memory-child.ts')

export async function measureMemory(sends: number): Promise<MemoryGrowth> {
  const options = { cwd: join(import.meta.dirname, '..') }
  const { stdout } = await run(
    process.execPath,
    ['--expose-gc', '--import', 'tsx', CHILD, `${sends}`],
    options,
  )
  const seen = JSON.parse(stdout) as Record<string, number>
  const { sent, seconds = NaN, rssPeakMb = NaN, rssStartMb = NaN, heapEndMb = NaN, heapStartMb = NaN } = seen
  if (sent !== sends) throw new Error(`Only ${sent} of ${sends} in-process messages were sent`)
  return {
    ...{ sends, seconds: round(seconds) },
    rssGrowthMb: round(rssPeakMb - rssStartMb),
    heapGrowthMb: round(heapEndMb - heapStartMb),
  }
}
