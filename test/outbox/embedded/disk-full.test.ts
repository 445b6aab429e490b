/** A disk that is really full: a small one in memory, which only the process in its own mount namespace sees. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, it } from 'vitest'
import { newFile } from './support/processes.ts'

const PROGRAM = join(import.meta.dirname, 'support', 'fill-the-disk.ts')
const MOUNT = 'mount -t tmpfs -o size=12m tmpfs "$1" && shift && exec "$@"'

/** Root may make a namespace; elsewhere a user namespace may be allowed. */
const NAMESPACE = spawnSync('unshare', ['-m', 'true']).status === 0 ? ['-m'] : ['-Urm']

it('refuses what it has no room for, and still notes down what was sent', { timeout: 30_000 }, async () => {
  await using place = await newFile()
  const command = [
    ...NAMESPACE,
    'sh',
    '-c',
    MOUNT,
    'sh',
    place.folder,
    process.execPath,
    '--import',
    'tsx',
    PROGRAM,
  ]
  const child = spawn('unshare', [...command, place.file], { stdio: ['ignore', 'pipe', 'inherit'] })
  const told: Record<string, string> = {}
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [name = '', ...values] = line.split(' ')
    told[name] = values.join(' ')
  })

  const [code] = (await once(child, 'close')) as [number]

  expect(code).toBe(0)
  expect(told).toEqual({
    refused: 'UNAVAILABLE The disk of the outbox is full, or failed; free some space: nothing was accepted',
    kept: 'all that was accepted',
    settled: '50 of 50',
    // What room the reserve gave up is for what was sent.
    spared: '3 of 3 were refused',
    warned: 'The disk of the outbox has no room left: nothing is attempted until there is some again',
    idle: 'nothing is attempted',
    again: 'accepted and attempted',
    integrity: 'ok',
  })
})
