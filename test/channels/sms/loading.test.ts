import { execFile } from 'node:child_process'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const SCRIPT = `
  import Module from 'node:module'
  const loaded = () => Object.keys(Module._cache).filter((file) => file.includes('@alicloud')).length
  const { aliyun } = await import('./src/channels/sms/index.ts')
  const { startFakeAliyun } = await import('./src/channels/sms/fake.ts')
  const { createNotify } = await import('./src/index.ts')
  const fake = await startFakeAliyun()
  const sms = aliyun({ ...fake.credentials, endpoint: fake.endpoint, signName: '阿里云短信测试' })
  const notify = createNotify({ retry: false,
 breaker: false,
 idempotency: false, channels: { sms } })
  const refused = await notify.send('sms', {})
  const before = loaded()
  const message = { to: '13912345678', template: 'SMS_154950909', params: { code: '1234' } }
  const sent = await notify.send('sms', message)
  console.log(JSON.stringify({ refused: refused.status, before, sent: sent.status, after: loaded() > 0 }))
  await notify.close()
  await fake.close()
`

it('loads the SDK at the first send that needs it, and lets the process exit', async () => {
  const root = pathToFileURL(`${import.meta.dirname}/../../../`)
  const args = ['--import', 'tsx', '--input-type=module', '--eval', SCRIPT]

  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root })

  expect(JSON.parse(stdout)).toEqual({ refused: 'failed', before: 0, sent: 'sent', after: true })
})
