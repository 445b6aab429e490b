/** One message of a call may be given up without the others. */
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { NotifyError } from '../../../src/core/errors.ts'
import { errorsOf, numberOf, parcels, startBatchBench, stop, summary, until } from './batch-support.ts'

const outcomesOf = <T>(begun: readonly { readonly outcome: Promise<T> }[]) =>
  Promise.all(begun.map(({ outcome }) => outcome))

describe('given up before the call is written, a message', () => {
  it('was not sent, and the others go without it', async () => {
    await using bench = await startBatchBench()

    const begun = bench.begin(parcels(5))
    begun[2]?.attempt.abort(stop)
    await bench.closeWindow()
    const outcomes = await outcomesOf(begun)

    expect(errorsOf(outcomes)).toMatchObject([{ code: 'ABORTED', delivery: 'not_sent' }])
    expect(outcomes[2]).toBeInstanceOf(NotifyError)
    expect(bench.fake.calls).toEqual(['SendBatchSms'])
    const numbers = bench.fake.accepted.map(({ phoneNumber }) => phoneNumber)
    expect(numbers).toEqual([0, 1, 3, 4].map(numberOf))
  })

  it('is taken out of a call that is already begun and waits for its keys', async () => {
    let release: () => void = () => undefined
    let asked = 0
    const keysKnown = new Promise<void>((resolve) => (release = resolve))
    await using known = await startBatchBench()
    const credentials = async () => {
      asked += 1
      await keysKnown
      return known.fake.credentials
    }
    await using bench = await startBatchBench({ credentials, endpoint: known.fake.endpoint })

    const begun = bench.begin(parcels(5))
    await bench.closeWindow()
    await until(() => asked === 1)
    begun[0]?.attempt.abort(stop)
    begun[4]?.attempt.abort(stop)
    const gone = await outcomesOf([begun[0], begun[4]].flatMap((one) => one ?? []))
    release()
    await outcomesOf(begun)

    expect(gone).toMatchObject([
      { code: 'ABORTED', delivery: 'not_sent' },
      { code: 'ABORTED', delivery: 'not_sent' },
    ])
    expect(known.fake.calls).toEqual(['SendBatchSms'])
    expect(known.fake.accepted.map(({ phoneNumber }) => phoneNumber)).toEqual([1, 2, 3].map(numberOf))
  })

  it('leaves the last one to a call of its own', async () => {
    await using bench = await startBatchBench()

    const begun = bench.begin(parcels(2))
    begun[0]?.attempt.abort(stop)
    await bench.closeWindow()
    await outcomesOf(begun)

    expect(bench.fake.calls).toEqual(['SendSms'])
    expect(bench.fake.accepted).toMatchObject([{ phoneNumber: numberOf(1) }])
  })

  it('needs no call at all where all are', async () => {
    await using bench = await startBatchBench()

    const begun = bench.begin(parcels(5))
    for (const { attempt } of begun) attempt.abort(stop)
    await bench.closeWindow()
    const outcomes = await outcomesOf(begun)

    expect(outcomes).toMatchObject(begun.map(() => ({ code: 'ABORTED', delivery: 'not_sent' })))
    expect(bench.fake.connectionsMade).toBe(0)
  })
})

describe('given up after the call is written, a message', () => {
  it('is unknown, and the call goes on for the others', async () => {
    await using bench = await startBatchBench()
    let answer: (yes: string) => void = () => undefined
    const server = createServer((socket) => {
      socket.on('error', () => undefined)
      answer = (yes) => void socket.end(`HTTP/1.1 200 OK\r\ncontent-length: ${yes.length}\r\n\r\n${yes}`)
      socket.once('data', () => server.emit('asked'))
    }).listen(0, '127.0.0.1')
    const asked = once(server, 'asked')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    await using slow = await startBatchBench({
      ...bench.fake.credentials,
      endpoint: `http://127.0.0.1:${port}`,
    })

    const begun = slow.begin(parcels(5))
    await slow.closeWindow()
    await asked
    begun[2]?.attempt.expire()
    const late = await begun[2]?.outcome
    answer('{"Code":"OK","BizId":"biz-1"}')
    const outcomes = await outcomesOf(begun)
    server.close()

    expect(late).toMatchObject({ code: 'TIMED_OUT', delivery: 'unknown' })
    expect(errorsOf(outcomes)).toHaveLength(1)
    expect(
      outcomes.filter((outcome) => 'providerId' in outcome && outcome.providerId === 'biz-1'),
    ).toHaveLength(4)
  })

  it('ends the call where nobody waits for it any more', async () => {
    await using bench = await startBatchBench()
    const stalled = bench.fake.failNext('stall_accepted')

    const begun = bench.begin(parcels(5))
    await bench.closeWindow()
    await stalled
    for (const { attempt } of begun) attempt.abort(stop)
    const outcomes = await outcomesOf(begun)
    await until(() => bench.fake.connections === 0)

    expect(outcomes).toMatchObject(begun.map(() => ({ code: 'ABORTED', delivery: 'unknown' })))
    expect(bench.fake.accepted).toHaveLength(5)
    expect(bench.fake.calls).toHaveLength(1)
  })
})

it('leaves no listener on a signal once the outcome is known', async () => {
  await using bench = await startBatchBench()
  const begun = bench.begin(parcels(5))
  let left = 0
  for (const { attempt } of begun) {
    const { signal } = attempt
    const remove = signal.removeEventListener.bind(signal)
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      left += 1
      remove(...args)
    }
  }

  await bench.closeWindow()
  await outcomesOf(begun)

  expect(left).toBe(5)
})

it('ends all that are under way when the caller of sendMany gives up', async () => {
  await using bench = await startBatchBench()
  const stalled = bench.fake.failNext('stall')
  const abort = new AbortController()

  const sending = bench.sendMany(parcels(150), { concurrency: 150, signal: abort.signal })
  await stalled
  abort.abort()
  const results = await sending

  expect(summary(results)).toEqual({ 'ABORTED unknown': 100, 'ABORTED not_sent': 50 })
})
