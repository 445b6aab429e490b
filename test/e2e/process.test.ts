/** What an idle, a closed and a hanging program do, in processes of their own. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '..', '..')
const INDEX = join(ROOT, 'dist', 'index.js')

const HEAD = `
  import { createNotify, Notifier, NotifyError } from ${JSON.stringify(INDEX)}
  const anything = { '~standard': { version: 1, vendor: 'none', validate: (value) => ({ value }) } }
  class Custom extends Notifier {
    provider = 'custom'
    schema = anything
    constructor(deliver) { super(); this.deliver = deliver }
    toError(cause) { return new NotifyError('DRIVER_FAILED', 'failed', { cause }) }
  }`

function runScript(script: string): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', HEAD + script], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.on('close', (code) => resolve({ code, output }))
  })
}

it('exits by itself after a send, even without close', async () => {
  const script = `
    const notify = createNotify({ channels: { it: new Custom(() => Promise.resolve({ providerId: '1' })) } })
    console.log((await notify.send('it', {})).status)`

  expect(await runScript(script)).toEqual({ code: 0, output: 'sent\n' })
})

it('lives until the deadline of a driver that hangs without a socket, then says so', async () => {
  const script = `
    const notify = createNotify({ channels: { it: new Custom(() => new Promise(() => {})) }, deadlineMs: 50 })
    console.log((await notify.send('it', {})).error.code)`

  expect(await runScript(script)).toEqual({ code: 0, output: 'TIMED_OUT\n' })
})

it('leaves no unhandled rejection when a driver fails after it was given up', async () => {
  const script = `
    let fail
    const notify = createNotify({ channels: { it: new Custom(() => new Promise((_, reject) => { fail = reject })) }, deadlineMs: 10 })
    process.on('unhandledRejection', () => console.log('unhandled'))
    const { error } = await notify.send('it', {})
    fail(new Error('too late'))
    await new Promise((resolve) => setImmediate(resolve))
    console.log(error.code)`

  expect(await runScript(script)).toEqual({ code: 0, output: 'TIMED_OUT\n' })
})
