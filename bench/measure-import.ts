/** What importing the built root costs over an empty `node`: milliseconds from process start to exit. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { median } from './statistics.ts'

const ROOT = pathToFileURL(join(import.meta.dirname, '..', 'dist', 'index.js')).href

/** Needs `npm run build`. */
export function measureImport(starts: number) {
  const folder = mkdtempSync(join(tmpdir(), 'notiwire-bench-'))
  const program = join(folder, 'program.mjs')
  const empty: number[] = []
  const root: number[] = []
  for (let at = 0; at < starts; at += 1) {
    empty.push(millisecondsOf(program, ''))
    root.push(millisecondsOf(program, `import ${JSON.stringify(ROOT)}`))
  }
  rmSync(folder, { recursive: true })
  return { emptyMs: median(empty), rootMs: median(root), overheadMs: median(root) - median(empty) }
}

/** Of a process that runs the script as a file, as programs are run: `-e` would count Node's own loader as ours. */
function millisecondsOf(file: string, script: string): number {
  writeFileSync(file, script)
  const startedAt = performance.now()
  const { status, stderr } = spawnSync(process.execPath, [file], { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return performance.now() - startedAt
}
