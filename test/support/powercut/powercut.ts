/** Compiles the library that keeps what a power loss would leave, and says how a process is started with it. */
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
  const source = join(import.meta.dirname, 'powercut.c')
  const flags = ['-O2', '-shared', '-fPIC', '-Wall', '-Werror', '-o', library, source, '-ldl', '-lpthread']
  const { status, stderr, error } = spawnSync('gcc', flags, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`gcc could not compile ${source}: ${error?.message ?? stderr}`)
  return {
    ...{ folder, left, env: { LD_PRELOAD: library, POWERCUT_FROM: `${folder}/`, POWERCUT_TO: left } },
    [Symbol.asyncDispose]: () => rm(place, { recursive: true, force: true }),
  }
}
