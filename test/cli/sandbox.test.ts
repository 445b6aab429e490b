/** The command line in sandbox mode, and the sandbox by the command line. */
import { expect, it } from 'vitest'
import { findOrStart } from '../../src/sandbox/sandbox.ts'
import { inboxClient } from '../../src/testing/inbox.ts'
import { run, tempFolder } from './support.ts'

it('sends to the inbox of this machine where the configuration says sandbox: true', async () => {
  using folder = tempFolder()
  const sandbox = await findOrStart()
  const channels = { email: 'smtp://shop:secret@smtp.invalid?from=shop@example.com' }
  folder.write('notiwire.config.json', JSON.stringify({ channels, sandbox: true }))
  const subject = `Receipt ${crypto.randomUUID()}`

  const ran = await run(
    ['send', 'email', '--to', 'ann@example.com', '--subject', subject, '--text', 'Paid.'],
    {
      cwd: folder.path,
    },
  )

  expect(ran).toMatchObject({ code: 0, stderr: '' })
  const message = await inboxClient(sandbox.url).waitFor({ channel: 'email', q: subject })
  expect(message.view.subject).toBe(subject)
  await sandbox.close?.()
})
