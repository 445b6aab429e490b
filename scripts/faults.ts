/**
 * Drives every channel through every fault. `npm run faults` prints what came of each; `-- --json` prints it as JSON,
 * `-- --write` writes `docs/reference/faults.md`. Ends with 1 where the SDK said what is not so.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isLie } from '../test/support/faults/case.ts'
import { runMatrix } from '../test/support/faults/matrix.ts'
import { toPage, toTable } from '../test/support/faults/page.ts'

const PAGE = join(import.meta.dirname, '..', 'docs', 'reference', 'faults.md')

const outcomes = await runMatrix()
const lies = outcomes.filter(isLie)
if (process.argv.includes('--write')) {
  mkdirSync(dirname(PAGE), { recursive: true })
  writeFileSync(PAGE, toPage(outcomes))
}
if (process.argv.includes('--json')) {
  process.stdout.write(`${JSON.stringify({ cases: outcomes }, null, 2)}\n`)
} else {
  process.stdout.write(`${toTable(outcomes)}\n\n${outcomes.length} cases, ${lies.length} lies\n`)
  for (const { channel, fault } of lies) process.stdout.write(`lie: ${channel}, ${fault}\n`)
}
process.exitCode = lies.length > 0 ? 1 : 0
