import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { SELF_SIGNED } from './self-signed.ts'

/** The fake behind TLS: more sends than connections, so that sockets are handed on, then reused. */
const SCRIPT = `
  import net from 'node:net'
  import tls from 'node:tls'
  const { aliyun } = await import('./src/channels/sms/index.ts')
  const { startFakeAliyun } = await import('./src/channels/sms/fake.ts')
  const { createNotify } = await import('./src/index.ts')
  const { SELF_SIGNED } = await import('./test/channels/sms/self-signed.ts')
  const fake = await startFakeAliyun()
  let handshakes = 0
  const server = tls.createServer(SELF_SIGNED, (socket) => {
    handshakes += 1
    const inner = net.connect(Number(new URL(fake.endpoint).port), '127.0.0.1')
    socket.on('error', () => inner.destroy()).pipe(inner).on('error', () => socket.destroy()).pipe(socket)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const endpoint = 'https://127.0.0.1:' + server.address().port
  const sms = aliyun({ ...fake.credentials, endpoint, signName: '阿里云短信测试', maxSockets: 2 })
  const notify = createNotify({ retry: false,
 breaker: false,
 idempotency: false, channels: { sms } })
  const message = { to: '13912345678', template: 'SMS_154950909', params: { code: '1234' } }
  const many = await Promise.all(Array.from({ length: 30 }, () => notify.send('sms', message)))
  const last = await notify.send('sms', message)
  const sent = [...many, last].filter(({ status }) => status === 'sent').length
  console.log(JSON.stringify({ sent, accepted: fake.accepted.length, handshakes }))
  await notify.close()
  await fake.close()
  server.close()
`

it('sends over TLS, one message per connection at a time', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'notiwire-sms-'))
  const authority = join(folder, 'ca.pem')
  await writeFile(authority, SELF_SIGNED.cert)
  const args = ['--import', 'tsx', '--input-type=module', '--eval', SCRIPT]
  const cwd = join(import.meta.dirname, '../../..')

  const { stdout } = await promisify(execFile)(process.execPath, args, {
    cwd,
    env: { ...process.env, NODE_EXTRA_CA_CERTS: authority },
  })
  await rm(folder, { recursive: true })

  expect(JSON.parse(stdout)).toEqual({ sent: 31, accepted: 31, handshakes: 2 })
})
