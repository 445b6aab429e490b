/** The embedded outbox as it is published, with its thread: it is a file that has to be found. Needs `npm run build`. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { newFile } from './support/processes.ts'

const run = promisify(execFile)
const ROOT = join(import.meta.dirname, '..', '..', '..')

const program = (file: string) => `
  const outbox = embedded({ file: ${JSON.stringify(file)}, thread: true })
  outbox.open(['email'])
    .then(() => outbox.enqueue([{ id: 'a', channel: 'email', payload: '{}' }]))
    .then(([answer]) => console.log(answer.status))
    .then(() => outbox.close())`

it.each([
  [
    'an ES module',
    (file: string) => `import { embedded } from 'notiwire/outbox/embedded'; ${program(file)}`,
    'module',
  ],
  [
    'CommonJS',
    (file: string) => `const { embedded } = require('notiwire/outbox/embedded'); ${program(file)}`,
    'commonjs',
  ],
])('finds its thread from %s, and lets the process end', async (_, source, type) => {
  await using place = await newFile()

  const flags = [`--input-type=${type}`, '-e', source(place.file)]
  const { stdout } = await run(process.execPath, flags, { cwd: ROOT, timeout: 15_000 })

  expect(stdout).toBe('accepted\n')
})

it.each(['true', 'false'])('lets a program end that only enqueues, with thread: %s', async (thread) => {
  await using place = await newFile()
  const source = `
    import { embedded } from 'notiwire/outbox/embedded'
    const outbox = embedded({ file: ${JSON.stringify(place.file)}, thread: ${thread} })
    await outbox.open(['email'])
    const job = { id: 'a', channel: 'email', payload: '{}', runAt: Date.now() + 86_400_000 }
    console.log((await outbox.enqueue([job]))[0].status)`

  const flags = ['--input-type=module', '-e', source]
  const { stdout } = await run(process.execPath, flags, { cwd: ROOT, timeout: 10_000 })

  expect(stdout).toBe('accepted\n')
})

it('opens the file of a Notify', async () => {
  await using place = await newFile()
  const source = `
    import { createNotify, Notifier } from 'notiwire'
    import { fakeNotify } from 'notiwire/testing'
    class Own extends Notifier {
      provider = 'own'
      schema = { '~standard': { version: 1, vendor: 'own', validate: (value) => ({ value }) } }
      async deliver(message) { console.log('delivered', message.text); return { providerId: '1' } }
      toError(cause) { throw cause }
    }
    const notify = createNotify({ channels: { own: new Own() }, outbox: ${JSON.stringify(`file:${place.file}`)} })
    const { status, id } = await notify.enqueue('own', { text: 'hello' })
    console.log(status)
    while ((await notify.status(id)).status !== 'sent');
    await notify.close()`

  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', source], {
    cwd: ROOT,
    timeout: 15_000,
  })

  expect(stdout.split('\n').sort()).toEqual(['', 'delivered hello', 'queued'])
})
