/** What Aliyun's SDK throws of its own is told by how far its request came. */
import { expect, it } from 'vitest'
import type { AliyunReply } from '../../../src/channels/sms/aliyun-reply.ts'
import { loadClient } from '../../../src/channels/sms/aliyun-client.ts'
import { Wire, type WireCall } from '../../../src/channels/sms/wire.ts'

const FIELDS = {
  phoneNumbers: '13912345678',
  signName: 'Acme',
  templateCode: 'SMS_1',
  templateParam: '{}',
  outId: 'order-1',
}
const { signal } = new AbortController()

async function failureOf(answer: (call: WireCall) => Promise<AliyunReply>): Promise<unknown> {
  const client = await loadClient({ call: (_, call) => answer(call) })
  return client.sendSms(FIELDS, signal).then(
    () => 'sent',
    (error: unknown) => error,
  )
}

it('was not sent when it fails before the request is written', async () => {
  const wire = new Wire({ endpoint: new URL('http://127.0.0.1:9'), maxSockets: 1, provider: 'Aliyun' })
  const headers = { 'x-broken': 'two\nlines' }

  const error = await failureOf(async (call) => {
    await wire.send({ method: 'POST', path: '/', headers }, call)
    throw new Error('it went out')
  })

  expect(error).toMatchObject({
    code: 'DRIVER_FAILED',
    delivery: 'not_sent',
    cause: { code: 'ERR_INVALID_CHAR' },
  })
})

it('may have been sent when it fails after', async () => {
  const error = await failureOf((call) => {
    call.wasWritten = true
    return Promise.reject(new TypeError('no such field'))
  })

  expect(error).toMatchObject({ code: 'DRIVER_FAILED', delivery: 'unknown' })
})
