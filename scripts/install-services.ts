/**
 * Sees to it that `redis-server`, PostgreSQL, Chromium and a C compiler are here for the tests that need one: from Debian's
 * packages, as root or in CI. Where it may not install, it says what is left out; in CI (`CI` is set) it fails instead. Starts no service.
 */
import { spawnSync } from 'node:child_process'
import { findChromium } from '../test/support/chromium.ts'
import { findCompiler } from '../test/support/disk/disk.ts'
import { findPostgres } from '../test/support/postgres-server.ts'
import { findRedisServer } from '../test/support/redis-server.ts'

interface Service {
  /** Debian's package, or several. */
  readonly name: string
  /** What is here of it, such as `redis-server 7.0.15`. */
  readonly find: () => string | undefined
  readonly tests: string
}

const SERVICES: readonly Service[] = [
  {
    name: 'redis-server',
    find: findRedisServer,
    tests: 'the tests in test/redis and test/outbox/bullmq that need one',
  },
  {
    name: 'gcc libc6-dev',
    find: findCompiler,
    tests: 'the test of a power loss, test/outbox/embedded/power-loss.test.ts',
  },
  { name: 'postgresql', find: findPostgres, tests: 'the tests in test/outbox/bullmq that need one' },
  {
    name: 'chromium',
    find: () => findChromium()?.version,
    tests: 'the tests in a browser, test/channels/websocket/client/browser.test.ts',
  },
]

/** A package's own service stays off: on Debian this file says whether it may start. */
const INSTALL = `
set -e
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\\nexit 101\\n' > "$policy"
  chmod 755 "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
install() { apt-get install -y --no-install-recommends -o Acquire::http::Timeout=20 $1; }
install "$1" || { apt-get update -o Acquire::http::Timeout=20 && install "$1"; }
`
const PATIENCE_MS = 300_000

const isCi = Boolean(process.env['CI'])

const works = (command: string, ...args: readonly string[]) =>
  spawnSync(command, args, { stdio: 'ignore' }).status === 0

/** What the installation is run by; nothing where it may not be. */
function installer(name: string): readonly string[] | undefined {
  if (!works('apt-get', '--version')) return undefined
  const script = ['sh', '-c', INSTALL, 'sh', name]
  if (process.getuid?.() === 0) return script
  if (isCi && works('sudo', '-n', 'true')) return ['sudo', '-n', ...script]
  return undefined
}

/** @returns why it could not be; empty where it could */
function install(name: string): string {
  const [command, ...args] = installer(name) ?? []
  if (command === undefined) return 'it may not be installed from here (that needs root and apt-get)'
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8', timeout: PATIENCE_MS })
  return status === 0 ? '' : `its installation failed: ${error?.message ?? stderr.trim().split('\n').at(-1)}`
}

function provide({ name, find, tests }: Service): void {
  const found = find()
  const failure = found ? '' : install(name)
  const installed = found ?? find()
  if (installed) return console.log(`services: ${installed} ${found ? 'is here' : 'was installed'}`)
  console.log(`services: no ${name}, ${failure}; ${isCi ? 'CI needs it' : `left out: ${tests}`}`)
  if (isCi) process.exitCode = 1
}

for (const service of SERVICES) provide(service)
