import { expect, it } from 'vitest'
import { createNotify, NotifyError } from '../../src/index.ts'
import { findSecrets } from '../../src/testing/find-secrets.ts'
import { Carrier, failing, Telemetry } from './telemetry.ts'

it('no span and no metric holds a recipient, a content, a key or the text of an error', async () => {
  const telemetry = new Telemetry()
  const cause = new Error('alice@example.com: her password is hunter2')
  const refusal = new NotifyError('RECIPIENT_REJECTED', 'no mailbox alice@example.com', {
    cause,
    provider: { code: '550-alice@example.com', message: 'alice@example.com unknown', requestId: 'req-4711' },
    issues: [{ path: 'to', message: 'alice@example.com' }],
  })
  const email = failing('smtp', refusal, cause)
  const notify = createNotify({ channels: { email, sms: new Carrier('aliyun') }, ...telemetry.watched })
  const letter = { to: 'alice@example.com', text: 'Your code is 987654' }
  const options = { idempotencyKey: 'order-of-alice' }

  const results = [
    await notify.send('email', letter, options),
    await notify.send('email', letter, options),
    await notify.send('email', letter, options),
    await notify.send('sms', letter, options),
    await notify.send('sms', letter, options),
    await notify.send('sms', { ...letter, text: 'another' }, options),
    await notify.send('alice@example.com' as 'sms', letter),
    await notify.send('sms', { ...letter, 'field of alice@example.com': 1 } as never),
    await notify.send('sms', letter, { deadlineMs: 'alice@example.com' as never }),
  ]

  expect(results.map(({ status }) => status)).toContain('failed')
  const spans = telemetry.spans.map(({ name, attributes, events, links, status }) => {
    return { name, attributes, events, links, status }
  })
  expect(spans).toHaveLength(results.length + 3)
  const secrets = ['alice', 'code is', 'hunter2', 'mailbox', 'req-4711', 'order-of', 'another']
  expect(findSecrets(spans, secrets)).toEqual([])
  expect(findSecrets(await telemetry.series(), secrets)).toEqual([])
})
