/** Sends one message and does nothing to end the process. Run by pool.test.ts. */
import { smtp } from '../../../src/channels/email/index.ts'
import { createNotify } from '../../../src/index.ts'
import { FROM, message } from './bench.ts'

const [, , port, how] = process.argv
const notify = createNotify({
  retry: false,
  breaker: false,
  idempotency: false,
  channels: { email: smtp({ host: '127.0.0.1', port: Number(port), from: FROM }) },
})
const { status } = await notify.send('email', message)
process.stdout.write(status)
if (how === 'close') await notify.close()
