/** Opens the file that it is told, as a user who is not root, and says what that came to. */
import { embedded } from '../../../../src/outbox/embedded.ts'

const [, , file = ''] = process.argv
const outbox = embedded({ file, thread: false })
// Loaded before the user changes: the package's own files may be for root only.
await import('@photostructure/sqlite')
if (process.getuid?.() === 0) process.setuid?.(65_534)
try {
  await outbox.open(['email'])
  await outbox.enqueue([{ id: 'a', channel: 'email', payload: '{}' }])
  console.log('opened')
} catch (cause) {
  console.log(JSON.stringify(cause))
}
process.exit()
