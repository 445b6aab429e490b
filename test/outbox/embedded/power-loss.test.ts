/** The power fails: what the disk was not asked to keep is gone. With the settings of others nearly everything is. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, it } from 'vitest'
import { openDatabase } from '../../../src/outbox/embedded/database.ts'
import { preparePowerCut } from '../../support/disk/disk.ts'

const CHILDREN = join(import.meta.dirname, 'support')

/** @returns which jobs a program accepted before its machine lost its power, and which of them are there after it */
async function cutThePower(program: string, synchronous: string) {
  await using power = await preparePowerCut()
  const file = join(power.folder, 'notify.db')
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', join(CHILDREN, program), file, 'fill', synchronous],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...power.env },
    },
  )
  const gone = once(child, 'exit')
  const accepted: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    const [, id] = /^accepted (\S+)$/.exec(line) ?? []
    if (id !== undefined && accepted.push(id) === 2_000) child.kill('SIGKILL')
  }
  await gone
  const database = await openDatabase(join(power.left, 'notify.db'))
  const kept = new Set(
    (database.prepare('SELECT id FROM notiwire_job').all() as { id: string }[]).map(({ id }) => id),
  )
  const integrity = Object.values(database.prepare('PRAGMA integrity_check').get() as object)
  database.close()
  return { accepted, lost: accepted.filter((id) => !kept.has(id)).length, integrity }
}

it('loses nothing that was accepted', { timeout: 60_000 }, async () => {
  const { accepted, lost, integrity } = await cutThePower('child.ts', 'full')

  expect(accepted.length).toBeGreaterThanOrEqual(2_000)
  expect(lost).toBe(0)
  expect(integrity).toEqual(['ok'])
})

it(
  'would lose it with synchronous=NORMAL, which proves that the test can tell',
  { timeout: 60_000 },
  async () => {
    const { accepted, lost } = await cutThePower('fill-carelessly.ts', 'normal')

    expect(accepted.length).toBeGreaterThanOrEqual(2_000)
    expect(lost).toBeGreaterThan(500)
  },
)
