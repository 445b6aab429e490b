/** Messages of one template that are sent together share a call. */
import { describe, expect, it } from 'vitest'
import { SIGN } from './support.ts'
import { numberOf, parcel, parcels, startBatchBench, summary, tally, until } from './batch-support.ts'

describe('many messages of one template', () => {
  it('go to Aliyun a hundred at a time, and every result is told of its own message', async () => {
    await using bench = await startBatchBench()

    const sending = bench.sendMany(parcels(250))
    await until(() => bench.fake.calls.length === 2 && bench.clock.pending === 1)
    await bench.closeWindow()
    const results = await sending

    expect(bench.fake.calls).toEqual(['SendBatchSms', 'SendBatchSms', 'SendBatchSms'])
    expect(summary(results)).toEqual({ sent: 250 })
    expect(new Set(results.map(({ index }) => index)).size).toBe(250)
    for (const result of results) {
      const sms = bench.fake.accepted.filter(({ phoneNumber }) => phoneNumber === numberOf(result.index))
      expect(sms).toHaveLength(1)
      expect(sms[0]).toMatchObject({ text: `【${SIGN}】parcel day-${result.index}`, signName: SIGN })
      expect(result).toMatchObject({ receipt: { providerId: sms[0]?.bizId, outId: sms[0]?.outId } })
    }
  })

  it('share one BizId and one reference per call', async () => {
    await using bench = await startBatchBench()

    const sending = bench.sendMany(parcels(200))
    const results = await sending

    const names = results.map((result) => (result.status === 'sent' ? JSON.stringify(result.receipt) : ''))
    expect(Object.values(tally(names))).toEqual([100, 100])
    expect(Object.values(tally(bench.fake.accepted.map(({ outId = '' }) => outId)))).toEqual([100, 100])
  })

  it('are given a moment to come together, and no more', async () => {
    await using bench = await startBatchBench()

    const begun = bench.begin(parcels(3))
    await bench.clock.advance(4)
    expect(bench.fake.calls).toEqual([])
    await bench.clock.advance(1)
    await Promise.all(begun.map(({ outcome }) => outcome))

    expect(bench.fake.calls).toEqual(['SendBatchSms'])
  })

  it('may have different sign names in one call', async () => {
    await using bench = await startBatchBench()

    const sending = bench.sendMany([parcel(1), parcel(2, { signName: 'Acme' })])
    await until(() => bench.clock.pending === 1)
    await bench.closeWindow()
    await sending

    expect(bench.fake.calls).toEqual(['SendBatchSms'])
    expect(bench.fake.accepted.map(({ text }) => text)).toEqual([
      `【${SIGN}】parcel day-1`,
      '【Acme】parcel day-2',
    ])
  })

  it('take their extension codes with them', async () => {
    await using bench = await startBatchBench()

    const begun = bench.begin([
      parcel(1, { smsUpExtendCode: '11' }),
      parcel(2),
      parcel(3, { smsUpExtendCode: '33' }),
      parcel(4),
    ])
    await bench.closeWindow()
    await Promise.all(begun.map(({ outcome }) => outcome))

    expect(bench.fake.calls).toEqual(['SendBatchSms', 'SendBatchSms'])
    const codes = bench.fake.accepted.map(({ phoneNumber, smsUpExtendCode }) => [
      phoneNumber,
      smsUpExtendCode,
    ])
    expect(new Map(codes as [string, string | undefined][])).toEqual(
      new Map([
        [numberOf(1), '11'],
        [numberOf(2), undefined],
        [numberOf(3), '33'],
        [numberOf(4), undefined],
      ]),
    )
  })
})

describe('never in one call are', () => {
  it('two templates', async () => {
    await using bench = await startBatchBench()
    const messages = parcels(100).map((message, index) =>
      index % 2 === 0 ? message : { ...message, template: 'sale' },
    )

    const sending = bench.sendMany(messages)
    await until(() => bench.clock.pending === 2)
    await bench.closeWindow()
    const results = await sending

    expect(summary(results)).toEqual({ sent: 100 })
    expect(bench.fake.calls).toEqual(['SendBatchSms', 'SendBatchSms'])
    const texts = bench.fake.accepted.map(({ bizId, templateCode }) => `${bizId} ${templateCode}`)
    expect(Object.values(tally(texts))).toEqual([50, 50])
  })

  it('numbers of the mainland and abroad', async () => {
    await using bench = await startBatchBench()
    const abroad = (index: number) => parcel(index, { to: `+8525123456${index}` })

    const begun = bench.begin([parcel(1), abroad(2), parcel(3), abroad(4)])
    await bench.closeWindow()
    const outcomes = await Promise.all(begun.map(({ outcome }) => outcome))

    expect(outcomes).toMatchObject(begun.map(() => ({ providerId: expect.any(String) as string })))
    expect(bench.fake.calls).toEqual(['SendBatchSms', 'SendBatchSms'])
  })

  it('two messages to one number', async () => {
    await using bench = await startBatchBench()

    const begun = bench.begin([parcel(1), parcel(2), parcel(1), parcel(3)])
    await bench.closeWindow()
    await Promise.all(begun.map(({ outcome }) => outcome))

    expect(bench.fake.calls).toEqual(['SendBatchSms', 'SendBatchSms'])
    expect(bench.fake.accepted).toHaveLength(4)
  })
})

describe('one by one go', () => {
  it('verification codes, which must not be late', async () => {
    await using bench = await startBatchBench()
    const codes = parcels(20).map(({ to }) => ({ to, template: 'login', params: { code: '4821' } }))

    const results = await bench.sendMany(codes)

    expect(summary(results)).toEqual({ sent: 20 })
    expect(tally(bench.fake.calls)).toEqual({ SendSms: 20 })
  })

  it('messages with a reference of their own', async () => {
    await using bench = await startBatchBench()
    const messages = parcels(20).map((message, index) => ({ ...message, outId: `order-${index}` }))

    await bench.sendMany(messages)

    expect(tally(bench.fake.calls)).toEqual({ SendSms: 20 })
    expect(new Set(bench.fake.accepted.map(({ outId }) => outId)).size).toBe(20)
  })

  it('messages that are sent with `send`', async () => {
    await using bench = await startBatchBench()

    await Promise.all(parcels(20).map((message) => bench.notify.send('sms', message)))

    expect(tally(bench.fake.calls)).toEqual({ SendSms: 20 })
  })

  it('a message that nobody joins, with the reference it would have had', async () => {
    await using bench = await startBatchBench()

    const sending = bench.sendMany([parcel(1)])
    await until(() => bench.clock.pending === 1)
    await bench.closeWindow()
    const [result] = await sending

    expect(bench.fake.calls).toEqual(['SendSms'])
    expect(bench.fake.accepted[0]?.outId).toBe(result?.id)
  })
})

describe('closing', () => {
  it('waits for what is being collected, and sends it', async () => {
    await using bench = await startBatchBench()

    const sending = bench.sendMany(parcels(3))
    await until(() => bench.clock.pending === 1)
    const closing = bench.notify.close()
    await bench.closeWindow()
    await closing

    expect(summary(await sending)).toEqual({ sent: 3 })
    expect(bench.fake.accepted).toHaveLength(3)
  })

  it('the driver alone fails what is being collected as not sent', async () => {
    await using bench = await startBatchBench()

    const begun = bench.begin(parcels(3))
    await bench.driver.close()
    const outcomes = await Promise.all(begun.map(({ outcome }) => outcome))

    expect(outcomes).toMatchObject(begun.map(() => ({ code: 'CLOSED', delivery: 'not_sent' })))
    expect(bench.clock.pending).toBe(0)
    expect(bench.fake.calls).toEqual([])
  })
})
