/**
 * What the SDK costs over doing without it: `notify.send` over the driver's own `deliver`, and importing the
 * root over an empty `node`. Alternated in one run; medians. `--json` prints one object. Needs `npm run build`.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import { Attempt } from '../src/core/delivery.ts'
import { createNotify, Notifier, NotifyError, type DeliveryContext, type Receipt } from '../src/index.ts'

const SENDS = 100_000
const ROUNDS = 11
const STARTS = 20
const ROOT = pathToFileURL(join(import.meta.dirname, '..', 'dist', 'index.js')).href

const FOLDER = mkdtempSync(join(tmpdir(), 'notiwire-bench-'))

class InProcess extends Notifier<{ to: string }> {
  readonly provider = 'in-process'
  protected readonly schema = z.strictObject({ to: z.string().min(1) })

  deliver(_message: { to: string }, { id }: DeliveryContext): Promise<Receipt> {
    return Promise.resolve({ providerId: id })
  }

  protected toError(cause: unknown): NotifyError {
    return new NotifyError('DRIVER_FAILED', 'failed', { cause })
  }
}

async function microsecondsEach(run: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  for (let i = 0; i < SENDS; i += 1) await run()
  return ((performance.now() - startedAt) / SENDS) * 1000
}

async function measureSend() {
  const driver = new InProcess()
  const notify = createNotify({ channels: { it: driver } })
  const message = { to: 'someone' }
  const attempt = new Attempt({ id: '1' })
  const bare: number[] = []
  const full: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    bare.push(await microsecondsEach(() => driver.deliver(message, attempt)))
    full.push(await microsecondsEach(() => notify.send('it', message)))
  }
  return { deliverUs: median(bare), sendUs: median(full), overheadUs: median(full) - median(bare) }
}

function measureImport() {
  const empty: number[] = []
  const root: number[] = []
  for (let run = 0; run < STARTS; run += 1) {
    empty.push(millisecondsOf(''))
    root.push(millisecondsOf(`import ${JSON.stringify(ROOT)}`))
  }
  return { emptyMs: median(empty), rootMs: median(root), overheadMs: median(root) - median(empty) }
}

/** Of a process that runs the script as a file, as programs are run: `-e` would count Node's own loader as ours. */
function millisecondsOf(script: string): number {
  const file = join(FOLDER, 'program.mjs')
  writeFileSync(file, script)
  const startedAt = performance.now()
  const { status, stderr } = spawnSync(process.execPath, [file], { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return performance.now() - startedAt
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

const result = { send: await measureSend(), import: measureImport() }
rmSync(FOLDER, { recursive: true })
if (process.argv.includes('--json')) console.log(JSON.stringify(result))
else {
  console.log(
    `${SENDS} in-process sends per round, median of ${ROUNDS} rounds, alternated (µs per send; goal <= 3 over deliver)`,
  )
  console.table([result.send])
  console.log(`process start to exit, median of ${STARTS} alternated runs (ms; goal < 10 over bare node)`)
  console.table([result.import])
}
