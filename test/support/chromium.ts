/** A real Chromium without a window, from wherever it is installed. */
import { spawnSync } from 'node:child_process'
import { chromium, type Browser } from 'playwright-core'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']

export interface FoundChromium {
  readonly path: string
  /** Such as `Chromium 156.0.8078.108`. */
  readonly version: string
}

/** Nothing where there is none. */
export function findChromium(): FoundChromium | undefined {
  for (const path of NAMES) {
    const { stdout, status } = spawnSync(path, ['--version'], { encoding: 'utf8' })
    if (status === 0) return { path, version: /^\S+( \S+)* [\d.]+/.exec(stdout)?.[0] ?? path }
  }
  return undefined
}

/** Sandboxed it would not start as root, nor in most containers; it loads nothing but the tests' own pages. */
export function launchChromium(): Promise<Browser> {
  const found = findChromium()
  if (!found) throw new Error('There is no chromium; `npx tsx scripts/install-services.ts` installs it')
  return chromium.launch({ executablePath: pathOf(found), args: ['--no-sandbox'] })
}

function pathOf({ path }: FoundChromium): string {
  return spawnSync('sh', ['-c', 'command -v "$1"', 'sh', path], { encoding: 'utf8' }).stdout.trim()
}
