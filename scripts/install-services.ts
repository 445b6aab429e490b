/**
 * Sees to it that `redis-server` is here for the tests that need one: from Debian's packages, as root or in CI. Where
 * it may not install, it says what is left out; in CI (`CI` is set) it fails instead. Starts no service.
 */
import { spawnSync } from 'node:child_process'
import { findRedisServer } from '../test/support/redis-server.ts'

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
install() { apt-get install -y --no-install-recommends -o Acquire::http::Timeout=20 redis-server; }
install || { apt-get update -o Acquire::http::Timeout=20 && install; }
`
const PATIENCE_MS = 300_000

const works = (command: string, ...args: readonly string[]) =>
  spawnSync(command, args, { stdio: 'ignore' }).status === 0

/** What the installation is run by; nothing where it may not be. */
function installer(): readonly string[] | undefined {
  if (!works('apt-get', '--version')) return undefined
  if (process.getuid?.() === 0) return ['sh', '-c', INSTALL]
  if (process.env['CI'] && works('sudo', '-n', 'true')) return ['sudo', '-n', 'sh', '-c', INSTALL]
  return undefined
}

function install(): string {
  const [command, ...args] = installer() ?? []
  if (command === undefined) return 'it may not be installed from here (that needs root and apt-get)'
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8', timeout: PATIENCE_MS })
  return status === 0 ? '' : `its installation failed: ${error?.message ?? stderr.trim().split('\n').at(-1)}`
}

const found = findRedisServer()
const failure = found ? '' : install()
const installed = found ?? findRedisServer()

if (installed) {
  console.log(`services: ${installed} ${found ? 'is here' : 'was installed'}`)
} else {
  const isCi = Boolean(process.env['CI'])
  const what = isCi ? 'CI needs it' : 'left out: the tests in test/redis that need one'
  console.log(`services: no redis-server, ${failure}; ${what}`)
  if (isCi) process.exitCode = 1
}
