/**
 * The promises every driver makes, as a test suite for any runner with `describe` and `it` (vitest, jest, mocha,
 * node:test). The drivers of this package run it; run it on yours.
 */
import assert from 'node:assert/strict'
import type { Clock } from '../core/clock.ts'
import type { NotifyError } from '../core/errors.ts'
import type { Certainty, FailureCode } from '../core/failures.ts'
import type { FakeFault, ProviderFake } from '../core/fake.ts'
import { Notifier, type AnyNotifier } from '../core/notifier.ts'
import { createNotify } from '../facade/notify.ts'
import type { SendResult } from '../facade/result.ts'
import { FakeClock } from './fake-clock.ts'
import { findSecrets } from './find-secrets.ts'

export interface TestRunner {
  readonly describe: (name: string, body: () => void) => unknown
  readonly it: (name: string, body: () => Promise<void>) => unknown
}

/** What a failed send must say. */
export interface ExpectedFailure {
  readonly code: FailureCode
  readonly delivery: Certainty
}

export interface NotifierContract<Fake extends ProviderFake> {
  /** Starts the provider's fake, or whatever plays the provider. */
  readonly startFake: () => Promise<Fake>
  /** The driver, pointed at the fake. `clock` is what it must take its time from. */
  readonly create: (fake: Fake, clock: Clock) => AnyNotifier | Promise<AnyNotifier>
  /** The same driver with credentials that the fake refuses; leave out where there are none. */
  readonly createUnauthorized?: (fake: Fake, clock: Clock) => AnyNotifier | Promise<AnyNotifier>
  /** A message the fake accepts. */
  readonly valid: (fake: Fake) => unknown
  /** Messages that must be refused before anything is sent, by what is wrong with them. */
  readonly invalid: Readonly<Record<string, unknown>>
  /** Credentials and recipients that must never be shown: those of `create` and of `valid`. */
  readonly secrets: (fake: Fake) => readonly string[]
  /** Makes the fake refuse the next message, by a name for the test. */
  readonly refusals: Readonly<Record<string, ExpectedFailure & { readonly arrange: (fake: Fake) => void }>>
  /** The faults the channel can meet. */
  readonly faults: Readonly<Partial<Record<FakeFault, ExpectedFailure>>>
}

/** Registers the suite with `runner`, such as `{ describe, it }` of vitest. */
export function describeNotifier<Fake extends ProviderFake>(
  name: string,
  contract: NotifierContract<Fake>,
  runner: TestRunner,
): void {
  runner.describe(`${name} keeps the driver contract`, () => {
    const it = (title: string, body: (bench: Bench<Fake>) => Promise<void>) =>
      runner.it(title, () => withBench(contract, body))
    acceptance(contract, it)
    refusals(contract, it)
    faults(contract, it)
    lifecycle(contract, it)
  })
}

type Register<Fake extends ProviderFake> = (
  title: string,
  body: (bench: Bench<Fake>) => Promise<void>,
) => unknown

function acceptance<Fake extends ProviderFake>(contract: NotifierContract<Fake>, it: Register<Fake>): void {
  it('is recognised as a Notifier and names its provider', (bench) => {
    assert.ok(Notifier.isNotifier(bench.notifier))
    assert.notEqual(bench.notifier.provider, '')
    return Promise.resolve()
  })

  it('says sent, with the provider’s id, when the provider accepted once', async (bench) => {
    const result = await bench.send()
    assert.equal(result.status, 'sent', explain(result))
    assert.notEqual(result.receipt.providerId, '')
    assert.equal(bench.fake.accepted.length, 1)
    assert.equal(result.attempts.length, 1)
    assert.deepEqual(findSecrets(result, bench.secrets), [], 'the result shows a secret or a recipient')
  })

  it('makes one delivery of each of 20 concurrent sends', async (bench) => {
    const results = await Promise.all(Array.from({ length: 20 }, () => bench.send()))
    for (const result of results) assert.equal(result.status, 'sent', explain(result))
    assert.equal(bench.fake.accepted.length, 20)
  })

  for (const [wrong, message] of Object.entries({ 'an empty message': {}, ...contract.invalid })) {
    it(`refuses ${wrong} before anything is sent, naming the fields`, async (bench) => {
      const result = await bench.send(message)
      const error = failureOf(bench, result, { code: 'INVALID_MESSAGE', delivery: 'not_sent' })
      assert.ok(error.issues && error.issues.length > 0)
      assert.equal(result.attempts.length, 0)
    })
  }
}

function refusals<Fake extends ProviderFake>(contract: NotifierContract<Fake>, it: Register<Fake>): void {
  for (const [refusal, { arrange, ...expected }] of Object.entries(contract.refusals)) {
    it(`reports ${refusal} as ${expected.code} with the provider’s own code`, async (bench) => {
      arrange(bench.fake)
      const error = failureOf(bench, await bench.send(), expected)
      assert.ok(error.provider, 'the provider’s reply is kept')
      assert.notEqual(error.provider.code, '')
    })
  }

  it('sends again after a refusal', async (bench) => {
    const [first] = Object.values(contract.refusals)
    first?.arrange(bench.fake)
    if (first) await bench.send()
    assert.equal((await bench.send()).status, 'sent')
  })
}

function faults<Fake extends ProviderFake>(contract: NotifierContract<Fake>, it: Register<Fake>): void {
  for (const [fault, expected] of Object.entries(contract.faults) as [FakeFault, ExpectedFailure][]) {
    it(`tells the truth when the provider’s fault is ${fault}`, async (bench) => {
      const happened = bench.fake.failNext(fault)
      const sending = bench.send()
      await happened
      if (expected.code === 'TIMED_OUT') await bench.clock.advance(ATTEMPT_TIMEOUT_MS)
      const error = failureOf(bench, await sending, expected)
      if (bench.fake.accepted.length > 0) assert.equal(error.delivery, 'unknown', 'it was accepted after all')
      assert.equal((await bench.send()).status, 'sent', 'the next message goes through')
    })
  }

  if (contract.faults.stall) abortion(contract, it)
  if (contract.faults.reset) {
    it('throws in debug mode, with the driver’s own exception as the cause and no secret in it', async (bench) => {
      const notify = createNotify({
        retry: false,
        breaker: false,
        channels: { it: bench.notifier },
        clock: bench.clock,
        debug: true,
      })
      const happened = bench.fake.failNext('reset')
      const thrown = await notify.send('it', contract.valid(bench.fake)).then(
        () => assert.fail('it did not throw'),
        (error: NotifyError) => error,
      )
      await happened
      assert.ok(thrown.cause instanceof Error, 'the cause is the driver’s own exception')
      assert.ok(thrown.cause.stack, 'the cause has its stack')
      assert.deepEqual(findSecrets(thrown, bench.secrets), [], 'the error shows a secret or a recipient')
    })
  }
}

function abortion<Fake extends ProviderFake>(contract: NotifierContract<Fake>, it: Register<Fake>): void {
  const delivery = contract.faults.stall?.delivery ?? 'unknown'

  it('stops at once when the caller aborts, and leaves no socket open once closed', async (bench) => {
    const abort = new AbortController()
    const happened = bench.fake.failNext('stall')
    const sending = bench.send(undefined, abort.signal)
    await happened
    abort.abort()
    failureOf(bench, await sending, { code: 'ABORTED', delivery })
    await bench.notify.close()
    await disconnected(bench.fake)
  })

  it('gives up what is in flight when it is closed, and leaves no socket open', async (bench) => {
    const happened = bench.fake.failNext('stall')
    const sending = bench.send()
    await happened
    const closing = bench.notify.close({ drainMs: 1000 })
    await bench.clock.advance(1000)
    failureOf(bench, await sending, { code: 'CLOSED', delivery })
    await closing
    await disconnected(bench.fake)
  })
}

/** How many turns of the event loop a closed socket may take to be seen by the other end. */
const TURNS = 10_000

async function disconnected(fake: ProviderFake): Promise<void> {
  for (let turn = 0; turn < TURNS && fake.connections > 0; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.equal(fake.connections, 0, 'connections are still open')
}

function lifecycle<Fake extends ProviderFake>(contract: NotifierContract<Fake>, it: Register<Fake>): void {
  it('sends nothing when the signal is already aborted', async (bench) => {
    const result = await bench.send(undefined, AbortSignal.abort())
    failureOf(bench, result, { code: 'ABORTED', delivery: 'not_sent' })
  })

  it('verifies good credentials and sends nothing by it', async (bench) => {
    const { it: verified } = await bench.notify.verify()
    assert.equal(verified.status, contract.createUnauthorized ? 'ok' : verified.status, explain(verified))
    assert.notEqual(verified.status, 'failed', explain(verified))
    assert.equal(bench.fake.accepted.length, 0)
  })

  const { createUnauthorized } = contract
  if (createUnauthorized) {
    it('finds credentials that the provider refuses', async (bench) => {
      const notifier = await createUnauthorized(bench.fake, bench.clock)
      const notify = createNotify({
        retry: false,
        breaker: false,
        channels: { it: notifier },
        clock: bench.clock,
      })
      const { it: verified } = await notify.verify()
      const sent = await notify.send('it', contract.valid(bench.fake))
      await notify.close()
      assert.equal(verified.status === 'failed' && verified.error.code, 'UNAUTHORIZED', explain(verified))
      failureOf(bench, sent, { code: 'UNAUTHORIZED', delivery: 'not_sent' })
      assert.deepEqual(findSecrets(verified, bench.secrets), [])
    })
  }

  it('frees its sockets when it is closed, twice too, and sends nothing afterwards', async (bench) => {
    await bench.send()
    await bench.notify.close()
    await disconnected(bench.fake)
    await bench.notify.close()
    await bench.notifier.close()
    failureOf(bench, await bench.send(), { code: 'CLOSED', delivery: 'not_sent' })
  })
}

const ATTEMPT_TIMEOUT_MS = 30_000

interface Bench<Fake extends ProviderFake> {
  readonly fake: Fake
  readonly clock: FakeClock
  readonly notifier: AnyNotifier
  readonly notify: {
    close(options?: { readonly drainMs?: number }): Promise<void>
    verify(): Promise<{ it: Parameters<typeof explain>[0] }>
  }
  readonly secrets: readonly string[]
  send(message?: unknown, signal?: AbortSignal): Promise<SendResult>
}

async function withBench<Fake extends ProviderFake>(
  contract: NotifierContract<Fake>,
  body: (bench: Bench<Fake>) => Promise<void>,
): Promise<void> {
  const fake = await contract.startFake()
  const clock = new FakeClock(Date.now())
  const notifier = await contract.create(fake, clock)
  const notify = createNotify({
    retry: false,
    breaker: false,
    channels: { it: notifier },
    clock,
    attemptTimeoutMs: ATTEMPT_TIMEOUT_MS,
  })
  const send = (message: unknown = contract.valid(fake), signal?: AbortSignal) =>
    notify.send('it', message, signal ? { signal } : {})
  try {
    await body({ fake, clock, notifier, notify, secrets: contract.secrets(fake), send })
  } finally {
    await notify.close()
    await fake.close()
  }
}

function failureOf<Fake extends ProviderFake>(
  bench: Bench<Fake>,
  result: SendResult,
  expected: ExpectedFailure,
): NotifyError {
  assert.equal(result.status, 'failed', explain(result))
  const { code, delivery } = result.error
  assert.deepEqual({ code, delivery }, { code: expected.code, delivery: expected.delivery }, explain(result))
  assert.deepEqual(findSecrets(result, bench.secrets), [], 'the result shows a secret or a recipient')
  return result.error
}

function explain(result: { readonly status: string; readonly error?: NotifyError }): string {
  const { status, error } = result
  return error
    ? `${status}: ${error.code} (${error.delivery}) ${error.message} <- ${String(error.cause)}`
    : status
}
