/** Children with an outbox on a file, and what they said so far. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect } from 'vitest'

const CHILD = join(import.meta.dirname, 'child.ts')

export interface Speaker extends AsyncDisposable {
  readonly process: ChildProcess
  readonly lines: readonly string[]
  /** Waits until it said as many such lines. */
  said(start: string, count?: number): Promise<void>
  /** Ends the attempts under way. */
  endAttempts(): void
  kill(): Promise<void>
}

export async function startChild(
  file: string,
  mode: 'fill' | 'work' | 'hold',
  { name = mode, leaseMs = 30_000 }: { readonly name?: string; readonly leaseMs?: number } = {},
): Promise<Speaker> {
  const process_ = spawn(process.execPath, ['--import', 'tsx', CHILD, file, mode, name, String(leaseMs)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines: string[] = []
  const read = once(
    createInterface({ input: process_.stdout }).on('line', (line) => lines.push(line)),
    'close',
  )
  const gone = once(process_, 'exit')
  const kill = async () => {
    process_.kill('SIGKILL')
    await Promise.all([gone, read])
  }
  const said = (start: string, count = 1) =>
    expect
      .poll(() => lines.filter((line) => line.startsWith(start)).length, { timeout: 30_000, interval: 5 })
      .toBeGreaterThanOrEqual(count)
  await said('open')
  return {
    process: process_,
    lines,
    said,
    endAttempts: () => void process_.stdin.write('end\n'),
    kill,
    [Symbol.asyncDispose]: kill,
  }
}

/** A folder of its own, and the file that is to be in it. */
export async function newFile(): Promise<
  AsyncDisposable & { readonly folder: string; readonly file: string }
> {
  const folder = await mkdtemp(join(tmpdir(), 'notiwire-outbox-'))
  return {
    folder,
    file: join(folder, 'notify.db'),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}
