/** A fake APNs, a driver pointed at it and a facade around it, for the tests of this folder. */
import { randomBytes } from 'node:crypto'
import { startFakeApns, type FakeApns, type FakeApnsOptions } from '../../../src/channels/apns/fake.ts'
import { apns, type ApnsConfigInput, type ApnsMessageInput } from '../../../src/channels/apns/index.ts'
import { createNotify, type SendOptions, type SendResult } from '../../../src/index.ts'
import { FakeClock } from '../../../src/testing/fake-clock.ts'

export const newToken = () => randomBytes(32).toString('hex')

export interface BenchOptions {
  readonly fake?: FakeApnsOptions
  readonly config?: Partial<ApnsConfigInput>
}

export async function startBench({ fake: fakeOptions, config = {} }: BenchOptions = {}) {
  const clock = new FakeClock(Date.now())
  const fake = await startFakeApns({ clock, ...fakeOptions })
  const driver = apns({ ...fake.config, ...config }, { clock })
  const notify = createNotify({
    retry: false,
    breaker: false,
    idempotency: false,
    channels: { apns: driver },
    clock,
  })
  const send = (message: Partial<ApnsMessageInput> = {}, options: SendOptions = {}) =>
    notify.send('apns', { to: newToken(), title: 'Parcel', ...message }, options)
  return {
    clock,
    fake,
    driver,
    notify,
    send,
    /** That many sends at once. */
    burst: (count: number) => Promise.all(Array.from({ length: count }, () => send())),
    async [Symbol.asyncDispose]() {
      await notify.close()
      await fake.close()
    },
  }
}

export type Bench = Awaited<ReturnType<typeof startBench>>

export const statuses = (results: readonly { status: string }[]) => [
  ...new Set(results.map(({ status }) => status)),
]

/** Waits for what happens on sockets: lets turns pass until it is true. Fails by the test's own timeout. */
export async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setImmediate(resolve))
}

/** Lets both ends of a socket in this process hear each other: each hop takes a turn or two of the event loop. */
export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

/** Lets time pass, a millisecond a turn, until it settles: for what waits for a new connection. */
export async function passing<T>({ clock }: Bench, sending: Promise<T>): Promise<T> {
  let isSettled = false
  const settled = sending.finally(() => (isSettled = true))
  while (!isSettled) {
    await clock.advance(1)
    await turns(1)
  }
  return settled
}

/** Device tokens the fake accepted more than once. */
export function duplicates(fake: FakeApns): string[] {
  const seen = new Set<string>()
  const tokens = fake.accepted.map(({ to }) => to)
  return tokens.filter((to) => seen.size === seen.add(to).size)
}

/** Has the connection trusted, so that many streams may be open, and holds what comes next. */
export async function hold({ send, fake }: Bench): Promise<void> {
  await send()
  fake.hold()
}

export const failures = (results: readonly SendResult[]) =>
  results.flatMap((result) => (result.status === 'failed' ? [result.error] : []))
