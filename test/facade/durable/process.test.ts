/** What a real process with an outbox does when it is told to stop, and when it is killed. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, it } from 'vitest'
import { newFile } from '../../outbox/embedded/support/processes.ts'

const PROGRAM = join(import.meta.dirname, 'support', 'program.ts')
const TIMEOUT = { timeout: 60_000 }

function start(file: string, mode: string) {
  const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, file, mode], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines: string[] = []
  const read = once(
    createInterface({ input: child.stdout }).on('line', (line) => lines.push(line)),
    'close',
  )
  const gone = once(child, 'exit') as Promise<[number | null, string | null]>
  const said = (start: string, count = 1) =>
    expect
      .poll(() => lines.filter((line) => line.startsWith(start)).length, { timeout: 30_000, interval: 5 })
      .toBeGreaterThanOrEqual(count)
  const ended = async () => {
    await read
    return (await gone)[0]
  }
  return { child, lines, said, ended, [Symbol.dispose]: () => void child.kill('SIGKILL') }
}

it(
  'ends what it attempts when it is told to stop, and leaves the rest for the next start',
  TIMEOUT,
  async () => {
    await using place = await newFile()
    using first = start(place.file, 'slow')
    await first.said('begun', 2)

    first.child.kill('SIGTERM')
    expect(await first.ended()).toBe(0)
    const begun = first.lines.filter((line) => line.startsWith('begun')).length
    using second = start(place.file, 'fast')
    await second.said('sent', 10 - begun)
    second.child.kill('SIGTERM')
    await second.ended()

    const sent = [...first.lines, ...second.lines].filter((line) => line.startsWith('sent'))
    expect(sent).toHaveLength(10)
    expect(new Set(sent).size).toBe(10)
  },
)

it(
  'ends a message that kills every process that attempts it, and delivers its neighbours',
  TIMEOUT,
  async () => {
    await using place = await newFile()
    const all: string[] = []
    for (let life = 1; life <= 3; life += 1) {
      const { lines, said, ended } = start(place.file, 'poison')
      await said('dying')
      await ended()
      all.push(...lines)
    }

    using last = start(place.file, 'poison')
    await last.said('failed poison')
    last.child.kill('SIGTERM')
    await last.ended()
    all.push(...last.lines)

    expect(all.filter((line) => line.startsWith('dying'))).toHaveLength(3)
    expect(all.filter((line) => line === 'sent good')).toHaveLength(1)
    expect(all.filter((line) => line.startsWith('failed'))).toEqual(['failed poison unknown'])
  },
)
