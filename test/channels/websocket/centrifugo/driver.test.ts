/** What is published, what the receipt may claim of it, and what else the driver does. */
import { describe, expect, it } from 'vitest'
import { centrifugo } from '../../../../src/channels/websocket/centrifugo/centrifugo.ts'
import { fakeNotify } from '../../../../src/testing/index.ts'
import { errorOf, passing, receiptOf, startBench, TITLE, USER, type Bench } from './bench.ts'

const HISTORY = { historySize: 10, historyTtlMs: 60_000 }

describe('a message', () => {
  it('is published to the user’s channel in the envelope of a hub', async () => {
    await using bench = await startBench()

    const result = await bench.send({ type: 'order.shipped', data: { order: 7 } })

    const { providerId } = receiptOf(result)
    const data = { id: providerId, type: 'order.shipped', title: TITLE, data: { order: 7 } }
    expect(bench.fake.accepted).toEqual([{ channel: `#${USER}`, data }])
    expect(bench.fake.calls).toEqual([
      { method: 'publish', request: { channel: `#${USER}`, data, idempotency_key: providerId } },
    ])
  })

  it('shows no more of the user than the start in its receipt', async () => {
    await using bench = await startBench()

    expect(receiptOf(await bench.send())).toEqual({
      providerId: expect.any(String) as string,
      channel: '#user…',
      outcome: 'published',
      stored: false,
      nodes: null,
      connections: null,
    })
  })

  it('to a topic goes to the channel of that name', async () => {
    await using bench = await startBench({ fake: { namespaces: { orders: {} } } })

    const result = await bench.send({ to: { topic: 'orders:eu' } })

    expect(receiptOf(result).channel).toBe('orders:eu')
    expect(bench.fake.accepted[0]?.channel).toBe('orders:eu')
  })

  it('to everyone goes to the channel that is configured for it', async () => {
    await using bench = await startBench({ config: { allChannel: 'news' } })

    const result = await bench.send({ to: { all: true } })

    expect(receiptOf(result).channel).toBe('@all')
    expect(bench.fake.accepted[0]?.channel).toBe('news')
  })

  it('to a user goes to the channel that userChannel says', async () => {
    const userChannel = (user: string) => `personal:#${user}`
    await using bench = await startBench({ config: { userChannel }, fake: { namespaces: { personal: {} } } })

    await bench.send({ to: { user: 'tenant:1001' } })

    expect(bench.fake.accepted[0]?.channel).toBe('personal:#tenant:1001')
  })

  it('says where it is kept, in a channel with history', async () => {
    await using bench = await startBench({ fake: { withoutNamespace: HISTORY } })

    await bench.send()
    const receipt = receiptOf(await bench.send())

    expect(receipt).toMatchObject({ outcome: 'published', stored: true, offset: 2 })
    const { offset, epoch } = receipt
    expect(bench.fake.history(`#${USER}`)[1]?.position).toEqual({ offset, epoch })
  })

  it('that may not be stored is left out of the history', async () => {
    await using bench = await startBench({ fake: { withoutNamespace: HISTORY } })

    const receipt = receiptOf(await bench.send({ store: false }))

    expect(bench.fake.calls[0]?.request).toMatchObject({ skip_history: true })
    expect(bench.fake.history(`#${USER}`)).toEqual([])
    expect(receipt).toMatchObject({ outcome: 'published', stored: false })
  })

  it('survives quotes, line ends and every script on its way', async () => {
    await using bench = await startBench()
    const body = '"\\ \u2028\n快递 🚚 </script>'

    await bench.send({ body, data: { nested: [body, null, 1.5] } })

    expect(bench.fake.accepted[0]?.data).toMatchObject({ body, data: { nested: [body, null, 1.5] } })
  })

  it('that is too large is refused before anything is sent', async () => {
    await using bench = await startBench({ config: { maxOutboundBytes: 300 } })

    const error = errorOf(await bench.send({ body: 'y'.repeat(300) }))

    expect(error).toMatchObject({ code: 'PAYLOAD_TOO_LARGE', delivery: 'not_sent' })
    expect(error.message).toMatch(/takes \d+ bytes as JSON; at most 300 are allowed/)
    expect(bench.fake.calls).toEqual([])
  })
})

describe('what this transport cannot keep', () => {
  it.each([
    ['confirm', 'written'],
    ['confirm', 'ack'],
    ['ttl', '24h'],
    ['key', 'order-7'],
    ['exceptConnection', 'c1'],
    ['droppable', true],
  ])('is refused by name: %s %s', async (field, value) => {
    await using bench = await startBench()

    const error = errorOf(await bench.send({ [field]: value }))

    expect(error).toMatchObject({ code: 'INVALID_MESSAGE', delivery: 'not_sent' })
    expect(error.message).toContain(field)
    expect(bench.fake.calls).toEqual([])
  })

  it('is told together with everything else that is wrong', async () => {
    await using bench = await startBench()

    const error = errorOf(await bench.send({ to: { all: true }, confirm: 'ack', url: 'javascript:alert(1)' }))

    const paths = error.issues?.map(({ path }) => path)
    expect(paths).toEqual(expect.arrayContaining(['confirm', 'to.all', 'url']))
    expect(error.message).toContain('allChannel')
  })
})

describe('with checkPresence', () => {
  const config = { checkPresence: true }

  it('the receipt says how many were subscribed', async () => {
    await using bench = await startBench({ config, fake: { withoutNamespace: { presence: true } } })
    bench.fake.subscribe(`#${USER}`, USER)
    bench.fake.subscribe(`#${USER}`, USER)
    bench.fake.subscribe('#somebody-else', 'somebody-else')

    expect(receiptOf(await bench.send())).toMatchObject({ outcome: 'published', connections: 2 })
  })

  it('nobody there and nothing kept is RECIPIENT_OFFLINE, and nothing is published', async () => {
    await using bench = await startBench({ config, fake: { withoutNamespace: { presence: true } } })
    bench.fake.unsubscribe(bench.fake.subscribe(`#${USER}`, USER))

    const error = errorOf(await bench.send())

    expect(error).toMatchObject({ code: 'RECIPIENT_OFFLINE', delivery: 'not_sent', retryable: false })
    expect(bench.fake.accepted).toEqual([])
  })

  it('nobody there is stored, where the channel keeps it', async () => {
    await using bench = await startBench({
      config,
      fake: { withoutNamespace: { presence: true, ...HISTORY } },
    })

    const receipt = receiptOf(await bench.send())

    expect(receipt).toMatchObject({ outcome: 'stored', connections: 0, stored: true, offset: 1 })
    expect(bench.fake.history(`#${USER}`)).toHaveLength(1)
  })

  it('nobody there and store: false is RECIPIENT_OFFLINE, though the channel keeps others', async () => {
    await using bench = await startBench({
      config,
      fake: { withoutNamespace: { presence: true, ...HISTORY } },
    })

    const error = errorOf(await bench.send({ store: false }))

    expect(error).toMatchObject({ code: 'RECIPIENT_OFFLINE', delivery: 'not_sent' })
    expect(bench.fake.calls.map(({ method }) => method)).toEqual(['presence_stats'])
  })

  it('a channel without presence is published to all the same, and nothing is claimed', async () => {
    await using bench = await startBench({ config, fake: { withoutNamespace: HISTORY } })

    expect(receiptOf(await bench.send())).toMatchObject({ outcome: 'published', connections: null })
  })

  it.each([
    ['refuses to say', (bench: Bench) => bench.fake.refuseNext(100, { on: 'presence_stats' })],
    ['hangs up', (bench: Bench) => void bench.fake.failNext('reset', 'presence_stats')],
    [
      'answers something else',
      (bench: Bench) => bench.fake.answerNext({ body: '{"result":{}}' }, 'presence_stats'),
    ],
    ['refuses to tell of the history', (bench: Bench) => bench.fake.refuseNext(100, { on: 'history' })],
  ])('nothing was sent when the server %s', async (_, arrange) => {
    await using bench = await startBench({ config, fake: { withoutNamespace: { presence: true } } })
    arrange(bench)

    expect(errorOf(await bench.send()).delivery).toBe('not_sent')
    expect(bench.fake.accepted).toEqual([])
  })

  it('nothing was sent when it is aborted while it asks', async () => {
    await using bench = await startBench({ config, fake: { withoutNamespace: { presence: true } } })
    const abort = new AbortController()
    const happened = bench.fake.failNext('stall', 'presence_stats')
    const sending = bench.send({}, { signal: abort.signal })
    await happened

    abort.abort()

    expect(errorOf(await sending)).toMatchObject({ code: 'ABORTED', delivery: 'not_sent' })
  })
})

describe('a second try', () => {
  const retry = { tries: 2, baseDelayMs: 1 }

  it('of a message that was taken though the answer was lost makes one publication of both', async () => {
    await using bench = await startBench({ notify: { retry }, fake: { withoutNamespace: HISTORY } })
    const lost = bench.fake.failNext('reset_accepted')

    const sending = bench.send()
    await lost
    const receipt = receiptOf(await passing(bench, sending))

    expect(bench.fake.calls).toHaveLength(2)
    expect(bench.fake.accepted).toHaveLength(1)
    expect(receipt.offset).toBe(1)
  })

  it('is not made of itself where the server’s broker does not deduplicate', async () => {
    await using bench = await startBench({ notify: { retry }, config: { deduplicates: false } })
    const lost = bench.fake.failNext('reset_accepted')

    const sending = bench.send()
    await lost

    expect(errorOf(await passing(bench, sending))).toMatchObject({ code: 'UNAVAILABLE', delivery: 'unknown' })
    expect(bench.fake.calls).toHaveLength(1)
  })

  it('under one idempotency key, from another process, makes one publication of both', async () => {
    await using bench = await startBench()

    const first = receiptOf(await bench.send({}, { idempotencyKey: 'order-7-shipped' }))
    const second = receiptOf(await bench.send({}, { idempotencyKey: 'order-7-shipped' }))

    expect(second.providerId).toBe(first.providerId)
    expect(bench.fake.accepted).toHaveLength(1)
  })

  it('is not made when the server would have forgotten the first', async () => {
    await using bench = await startBench({ notify: { retry: { tries: 3, baseDelayMs: 1 } } })
    const lost = bench.fake.failNext('stall_accepted')
    const sending = bench.send({}, { deadlineMs: 900_000, attemptTimeoutMs: 280_000 })
    await lost

    await bench.clock.advance(280_000)
    const error = errorOf(await passing(bench, sending))

    expect(error).toMatchObject({ code: 'TIMED_OUT', delivery: 'unknown' })
    expect(error.message).toContain('Not sent again')
    expect(bench.fake.calls).toHaveLength(1)
  })
})

describe('disconnect', () => {
  it('ends the connections of one user, who stays away', async () => {
    await using bench = await startBench()
    bench.fake.subscribe(`#${USER}`, USER)

    await bench.driver.disconnect({ user: USER })

    expect(bench.fake.disconnected).toEqual([{ user: USER, code: 3503, reason: 'force disconnect' }])
  })

  it('lets the user come back where that is asked', async () => {
    await using bench = await startBench()

    await bench.driver.disconnect({ user: USER, reconnect: true })

    expect(bench.fake.disconnected).toEqual([{ user: USER, code: 3011, reason: 'force reconnect' }])
  })

  it.each([[{ user: '' }], [{ user: 'two words' }], [{ user: USER, reconect: true }], [{}]])(
    'refuses %j, which could be everyone without a user id',
    async (request) => {
      await using bench = await startBench()

      await expect(bench.driver.disconnect(request as never)).rejects.toMatchObject({
        code: 'INVALID_MESSAGE',
      })
      expect(bench.fake.calls).toEqual([])
    },
  )

  it('says what the server refused, and shows no user', async () => {
    await using bench = await startBench()
    bench.fake.refuseNext(100, { message: `no ${USER}`, on: 'disconnect' })

    const thrown: unknown = await bench.driver.disconnect({ user: USER }).catch((error: unknown) => error)

    expect(thrown).toMatchObject({ code: 'UNAVAILABLE', provider: { code: '100', message: 'no [redacted]' } })
  })

  it('waits no longer than 10 seconds', async () => {
    await using bench = await startBench()
    const happened = bench.fake.failNext('stall', 'disconnect')
    const ending = bench.driver.disconnect({ user: USER }).catch((error: unknown) => error)
    await happened

    await bench.clock.advance(10_000)

    expect(await ending).toMatchObject({ code: 'TIMED_OUT' })
  })
})

describe('verify', () => {
  it('asks for the server’s nodes, which needs the key', async () => {
    await using bench = await startBench()

    expect(await bench.verify()).toMatchObject({ status: 'ok' })
    expect(bench.fake.calls.map(({ method }) => method)).toEqual(['info'])
  })

  it('is not content with an answer of somebody else', async () => {
    await using bench = await startBench()
    bench.fake.answerNext({ body: '{"result":{}}' }, 'info')

    expect(await bench.verify()).toMatchObject({ status: 'failed', error: { code: 'DRIVER_FAILED' } })
  })

  it('says that the API is not there', async () => {
    await using bench = await startBench({ config: { apiPath: '/api/v1' } })

    expect(await bench.verify()).toMatchObject({ status: 'failed', error: { code: 'INVALID_CONFIG' } })
  })
})

describe('addresses', () => {
  it('are those of a hub, whatever the server calls its channels', () => {
    const driver = centrifugo({ endpoint: 'https://push.example.com', apiKey: 'k', allChannel: 'news' })
    const to = (target: object) => driver.recipients(driver.parse({ to: target, title: TITLE }))

    expect([to({ user: '1001' }), to({ topic: 'orders' }), to({ all: true })]).toEqual([
      ['#1001'],
      ['orders'],
      ['@all'],
    ])
  })

  it('are redirected by the guard', async () => {
    await using bench = await startBench({
      notify: { guard: { redirectTo: { push: '#tester' } } },
    })

    await bench.send()

    expect(bench.fake.accepted[0]?.channel).toBe('#tester')
  })

  it.each(['@all', '#a,b', '#a:b', 'two words'])('are not redirected to %s, which there is not', (to) => {
    const driver = centrifugo({ endpoint: 'https://push.example.com', apiKey: 'k' })
    const message = driver.parse({ to: { topic: 'orders' }, title: TITLE })

    expect(() => driver.redirected(message, to)).toThrow(/^guard\.redirectTo: expected/)
  })
})

describe('render', () => {
  it('shows the request without the key and without a server', async () => {
    const push = centrifugo({ endpoint: 'https://push.example.com/centrifugo/', apiKey: 'the-secret-key' })
    const notify = fakeNotify({ channels: { push } })

    await notify.send('push', { to: { user: '1001' }, title: TITLE })

    const [captured] = notify.sent('push')
    expect(captured?.rendered).toMatchObject({
      path: '/centrifugo/api/publish',
      body: { channel: '#1001', data: { type: 'message', title: TITLE } },
    })
    expect(JSON.stringify(captured)).not.toContain('the-secret-key')
  })
})
