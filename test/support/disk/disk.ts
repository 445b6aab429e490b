/** Disks that fail or dawdle: libraries that a process is started with, compiled when they are needed. */
import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface PowerCut extends AsyncDisposable {
  /** Where the process is to have its files. */
  readonly folder: string
  /** What a power loss would have left of them. */
  readonly left: string
  readonly env: Readonly<Record<string, string>>
}

export async function preparePowerCut(): Promise<PowerCut> {
  const place = await mkdtemp(join(tmpdir(), 'notiwire-powercut-'))
  const [folder, left, library] = [join(place, 'files'), join(place, 'left'), join(place, 'powercut.so')]
  await Promise.all([mkdir(folder), mkdir(left)])
  compile('powercut.c', library)
  return {
    ...{ folder, left, env: { LD_PRELOAD: library, POWERCUT_FROM: `${folder}/`, POWERCUT_TO: left } },
    [Symbol.asyncDispose]: () => rm(place, { recursive: true, force: true }),
  }
}

export interface SlowDisk extends AsyncDisposable {
  /** Of a process whose every fsync is to take so long. */
  readonly env: Readonly<Record<string, string>>
}

export async function prepareSlowDisk(ms: number): Promise<SlowDisk> {
  const place = await mkdtemp(join(tmpdir(), 'notiwire-slowsync-'))
  const library = join(place, 'slowsync.so')
  compile('slowsync.c', library)
  return {
    env: { LD_PRELOAD: library, SLOWSYNC_MS: String(ms) },
    [Symbol.asyncDispose]: () => rm(place, { recursive: true, force: true }),
  }
}

function compile(name: string, library: string): void {
  const source = join(import.meta.dirname, name)
  const flags = ['-O2', '-shared', '-fPIC', '-Wall', '-Werror', '-o', library, source, '-ldl', '-lpthread']
  const { status, stderr, error } = spawnSync('gcc', flags, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`gcc could not compile ${name}: ${error?.message ?? stderr}`)
}

/** Such as `gcc 12.2.0`; nothing where there is none, or none that finds the headers. */
export function findCompiler(): string | undefined {
  const flags = ['-x', 'c', '-fsyntax-only', '-']
  const { status } = spawnSync('gcc', flags, { input: '#include <stdio.h>' })
  return status === 0
    ? `gcc ${spawnSync('gcc', ['-dumpfullversion'], { encoding: 'utf8' }).stdout.trim()}`
    : undefined
}
