/** What opens and closes a circuit: one probe at a time, and no try that began before the circuit changed. */
import { describe, expect, it } from 'vitest'
import { createNotify, type FailureCode, type NotifyErrorDetails } from '../../src/index.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { accept, after, Carrier, inTurn, refuse, watch, type Answer } from './carrier.ts'

const COOL_DOWN_MS = 1_000
const REPLY = { provider: { code: '550', message: 'no' } }

function setUp(...answers: readonly [Answer, ...Answer[]]) {
  const clock = new FakeClock()
  const memory = new Carrier(inTurn(...answers))
  const breaker = { failures: 1, of: 1, coolDownMs: COOL_DOWN_MS }
  const notify = createNotify({ channels: { memory }, clock, retry: false, breaker })
  const send = (options = {}) => notify.send('memory', { to: 'a' }, options)
  return { clock, memory, send, state: () => notify.health().memory[0]?.state }
}

const slowly = (clock: () => FakeClock, ms: number, then: Answer): Answer => {
  return (asked, context) => after(clock(), ms).then(() => then(asked, context))
}

describe('a try that began before the circuit opened', () => {
  it('does not close it by its success', async () => {
    const { clock, send, state } = setUp(
      slowly(() => clock, 500, accept),
      refuse('UNAVAILABLE'),
    )
    const slow = send()
    await send()

    await clock.advance(500)

    expect(await slow).toMatchObject({ status: 'sent' })
    expect(state()).toBe('open')
  })

  it('does not lengthen the cool-down by its failure', async () => {
    const { clock, send, state } = setUp(
      slowly(() => clock, 900, refuse('UNAVAILABLE')),
      refuse('UNAVAILABLE'),
    )
    void send()
    await send()

    await clock.advance(COOL_DOWN_MS)

    expect(state()).toBe('half_open')
  })

  it('says nothing of the provider once that is back', async () => {
    const { clock, send, state } = setUp(
      slowly(() => clock, 1_500, refuse('UNAVAILABLE')),
      refuse('UNAVAILABLE'),
      accept,
    )
    void send()
    await send()
    await clock.advance(COOL_DOWN_MS)
    await send()

    await clock.advance(500)

    expect(state()).toBe('closed')
  })

  it('does not make up by its success for a failure after that', async () => {
    const clock = new FakeClock()
    const [yes, no] = [accept, refuse('UNAVAILABLE')]
    const memory = new Carrier(
      inTurn(
        slowly(() => clock, 5_000, yes),
        ...[no, no, yes, no, no],
      ),
    )
    const breaker = { failures: 2, of: 2, coolDownMs: COOL_DOWN_MS }
    const notify = createNotify({ channels: { memory }, clock, retry: false, breaker })
    const send = () => notify.send('memory', { to: 'a' })
    const slow = send()
    await send()
    await send()
    await clock.advance(COOL_DOWN_MS)
    await send()
    await send()
    await clock.advance(4_000)

    await send()

    expect(await slow).toMatchObject({ status: 'sent' })
    expect(notify.health().memory).toMatchObject([{ state: 'open' }])
  })

  it('lets no second probe in by its end', async () => {
    const slow = slowly(() => clock, 1_500, accept)
    const { clock, memory, send } = setUp(slow, refuse('UNAVAILABLE'), () => after(clock, 5_000))
    void send()
    await send()
    await clock.advance(COOL_DOWN_MS)
    void send()
    await clock.advance(500)

    const result = await send()

    expect(result).toMatchObject({ attempts: [], error: { code: 'CIRCUIT_OPEN', retryAfterMs: 1_000 } })
    expect(memory.asked).toBe(3)
  })
})

describe('a probe', () => {
  it.each<readonly [string, FailureCode, NotifyErrorDetails, string]>([
    ['closes the circuit where the provider refuses the message', 'CONTENT_REJECTED', REPLY, 'closed'],
    ['closes the circuit where the provider refuses the recipient', 'RECIPIENT_REJECTED', REPLY, 'closed'],
    ['proves nothing where we refuse the message ourselves', 'CONTENT_REJECTED', {}, 'half_open'],
    ['opens it again where the provider is still away', 'UNAVAILABLE', REPLY, 'open'],
    [
      'closes it where the provider has had too much of one recipient',
      'RATE_LIMITED',
      { ...REPLY, scope: 'recipient' },
      'closed',
    ],
  ])('%s', async (_, code, details, expected) => {
    const { clock, send, state } = setUp(refuse('UNAVAILABLE'), refuse(code, details))
    await send()
    await clock.advance(COOL_DOWN_MS)

    await send()

    expect(state()).toBe(expected)
  })

  it('that proves nothing lets another one in at once', async () => {
    const { clock, memory, send, state } = setUp(refuse('UNAVAILABLE'), refuse('CONTENT_REJECTED'), accept)
    await send()
    await clock.advance(COOL_DOWN_MS)
    await send()

    const result = await send()

    expect(result).toMatchObject({ status: 'sent' })
    expect([memory.asked, state()]).toEqual([3, 'closed'])
  })

  it('that its caller gives up too soon to tell lets another one in', async () => {
    const { clock, send, state } = setUp(refuse('UNAVAILABLE'), () => after(clock, 500), accept)
    await send()
    await clock.advance(COOL_DOWN_MS)
    const short = send({ deadlineMs: 5 })
    await clock.advance(5)

    const result = await send()

    expect(await short).toMatchObject({ error: { code: 'TIMED_OUT' } })
    expect(result).toMatchObject({ status: 'sent' })
    expect(state()).toBe('closed')
  })

  it('is the only one while it is under way', async () => {
    const { clock, memory, send } = setUp(refuse('UNAVAILABLE'), () => after(clock, 500))
    await send()
    await clock.advance(COOL_DOWN_MS)

    const probe = send()
    const others = [await send(), await send()]
    await clock.advance(500)

    expect(await probe).toMatchObject({ status: 'sent' })
    const open = { attempts: [], error: { code: 'CIRCUIT_OPEN', delivery: 'not_sent' } }
    expect(others).toMatchObject([open, open])
    expect(memory.asked).toBe(2)
  })
})

describe('a failure that concerns', () => {
  it.each<readonly [string, NotifyErrorDetails['scope'], string]>([
    ['one recipient leaves the provider in use', 'recipient', 'closed'],
    ['one message leaves the provider in use', 'message', 'closed'],
    ['the provider leaves it alone', 'provider', 'open'],
  ])('%s, whatever its code', async (_, scope, expected) => {
    const { send, state } = setUp(refuse('UNAVAILABLE', { scope }))

    await send()

    expect(state()).toBe(expected)
  })
})

it('who was turned away by an open circuit is tried once the probe has shown that the provider is back', async () => {
  const clock = new FakeClock()
  const memory = new Carrier(inTurn(refuse('UNAVAILABLE'), () => after(clock, 500)))
  const breaker = { failures: 1, of: 1, coolDownMs: COOL_DOWN_MS }
  const notify = createNotify({ channels: { memory }, clock, breaker, retry: { tries: 5, baseDelayMs: 1 } })
  const first = watch(notify.send('memory', { to: 'a' }))
  await clock.advance(0)
  const second = watch(notify.send('memory', { to: 'b' }))

  await clock.advance(10_000)

  expect([first.value, second.value]).toMatchObject([{ status: 'sent' }, { status: 'sent' }])
})
