/** What is sent is forgotten. */
import { expect, it } from 'vitest'
import { Batches } from '../../../src/channels/sms/aliyun-batch.ts'
import type { AliyunMessage } from '../../../src/channels/sms/aliyun-message.ts'
import { Attempt } from '../../../src/core/delivery.ts'
import { NotifyError } from '../../../src/core/errors.ts'
import { FakeClock } from '../../../src/testing/fake-clock.ts'
import { numberOf } from './batch-support.ts'
import { heapUsed } from '../../support/heap-used.ts'

const messageTo = (index: number): AliyunMessage => ({
  to: numberOf(index),
  phone: { region: 'mainland', digits: numberOf(index) },
  signName: 'Acme',
  templateCode: `SMS_${index % 1000}`,
  kind: 'notice',
  params: { day: 'x'.repeat(100) },
  outId: undefined,
  smsUpExtendCode: undefined,
})

it('keeps nothing of 100,000 messages, whatever came of them', async () => {
  const clock = new FakeClock()
  let calls = 0
  const sendBatchSms = () => {
    calls += 1
    return calls % 50 === 0
      ? Promise.reject(new NotifyError('UNAVAILABLE', 'reset'))
      : Promise.resolve({ bizId: 'b' })
  }
  const sendSms = () => Promise.resolve({ bizId: 'b' })
  const querySendDetails = () => Promise.resolve({ outIds: [], total: 0 })
  const client = { sendBatchSms, sendSms, querySendDetails, listTemplates: () => Promise.resolve([]) }
  const sendOne = () => Promise.resolve({ providerId: 'b', outId: 'o' })
  const batches = new Batches({ load: () => Promise.resolve(client), sendOne }, clock)
  const send = async (index: number) => {
    const attempt = new Attempt({ id: 'd', isBulk: true })
    const outcome = batches.deliver(messageTo(index), attempt).catch((cause: unknown) => cause)
    if (index % 37 === 0) attempt.abort(new NotifyError('ABORTED', 'stop'))
    await outcome
  }
  const sendRound = async (round: number) => {
    const sending = Array.from({ length: 10_000 }, (_, index) => send(round * 10_000 + index))
    await clock.advance(5)
    await Promise.all(sending)
  }
  await sendRound(0)
  const before = await heapUsed()

  for (let round = 1; round <= 10; round += 1) await sendRound(round)

  expect(calls).toBeGreaterThan(10_000)
  expect(clock.pending).toBe(0)
  // Ten messages shared a call: either they or their calls would be tens of megabytes.
  expect((await heapUsed()) - before).toBeLessThan(3_000_000)
  expect(batches).toBeInstanceOf(Batches)
}, 60_000)
