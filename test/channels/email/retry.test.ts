import { Readable } from 'node:stream'
import { expect, it } from 'vitest'
import { createNotify } from '../../../src/index.ts'
import { lastRaw, message, startBench } from './bench.ts'

it('sends an attachment that was a stream, though the first try was refused for now', async () => {
  await using bench = await startBench()
  const notify = createNotify({ channels: { email: bench.driver }, retry: { baseDelayMs: 1 } })
  bench.fake.refuseNext({ command: 'DATA', reply: '451 4.3.0 Try again later' })
  const attachments = [{ filename: 'receipt.txt', content: Readable.from([Buffer.from('Paid, thank you.')]) }]

  const result = await notify.send('email', { ...message, attachments })

  expect(result).toMatchObject({ status: 'sent', attempts: [{ error: { code: 'UNAVAILABLE' } }, {}] })
  expect(bench.fake.accepted).toHaveLength(1)
  expect(lastRaw(bench.fake)).toContain(Buffer.from('Paid, thank you.').toString('base64'))
})

it('keeps the Message-ID of a message over all its tries', async () => {
  await using bench = await startBench()
  const notify = createNotify({ channels: { email: bench.driver }, retry: { baseDelayMs: 1 } })
  bench.fake.refuseNext({ command: 'DATA', reply: '451 4.3.0 Try again later' })

  const result = await notify.send('email', message)

  const messageId = result.status === 'sent' && result.receipt.messageId
  expect(lastRaw(bench.fake)).toContain(`Message-ID: ${String(messageId)}`)
})
