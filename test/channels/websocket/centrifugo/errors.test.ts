/** Every code of the table, and every answer that has none. */
import { describe, expect, it } from 'vitest'
import { ERRORS } from '../../../../src/channels/websocket/centrifugo/errors.ts'
import type { ErrorRow } from '../../../../src/core/error-table.ts'
import { FAILURES } from '../../../../src/core/failures.ts'
import { createNotify, type SendResult } from '../../../../src/index.ts'
import { findSecrets } from '../../../../src/testing/index.ts'
import { centrifugo } from '../../../../src/channels/websocket/centrifugo/centrifugo.ts'
import { errorOf, startBench, TITLE, USER, type Bench } from './bench.ts'

const ROWS = Object.entries<ErrorRow>(ERRORS).map(([key, row]) => ({ key, ...row }))
const CODES = ROWS.filter(({ key }) => /^\d+$/.test(key))
const STATUSES = ROWS.filter(({ key }) => key.startsWith('HTTP '))

/** What the driver refuses by itself. */
const OWN: Readonly<Record<string, () => Promise<SendResult>>> = {
  offline: async () => {
    await using bench = await startBench({
      config: { checkPresence: true },
      fake: { withoutNamespace: { presence: true } },
    })
    return await bench.send()
  },
  too_large: async () => {
    await using bench = await startBench({ config: { maxOutboundBytes: 256 } })
    return await bench.send({ body: 'y'.repeat(300) })
  },
  not_serializable: async () => {
    await using bench = await startBench()
    const toJSON = () => {
      throw new Error(`no JSON for ${USER}: ${TITLE}`)
    }
    return await bench.send({ data: { toJSON } })
  },
  no_all_channel: async () => {
    await using bench = await startBench()
    // The schema refuses it, and the guard asks `redirected`: no message comes here but a foreign one.
    const message = { to: { all: true }, title: TITLE } as const
    const thrown: unknown = await bench.driver.render(message, {} as never).catch((error: unknown) => error)
    return { status: 'failed', error: thrown } as SendResult
  },
  user_channel: async () => {
    await using bench = await startBench({ config: { userChannel: () => '' } })
    return await bench.send()
  },
}

function expectRow(result: SendResult, { key, code, delivery }: ErrorRow & { readonly key: string }): void {
  const certainty = delivery ?? FAILURES[code].delivery
  expect(errorOf(result)).toMatchObject({ code, delivery: certainty, provider: { code: key } })
}

describe('every row of the error table', () => {
  it.each(CODES)('$key of the API is $code', async (row) => {
    await using bench = await startBench()
    bench.fake.refuseNext(Number(row.key), { message: `no #${USER}: ${TITLE}` })

    const result = await bench.send()

    expectRow(result, row)
    expect(errorOf(result).provider).toMatchObject({ status: 200 })
    expect(errorOf(result).message).toContain(row.key)
    expect(bench.fake.accepted).toEqual([])
  })

  it.each(CODES)('$key of the API is $code in transport mode too', async (row) => {
    await using bench = await startBench({ fake: { errorMode: 'transport' } })
    bench.fake.refuseNext(Number(row.key))

    const result = await bench.send()

    expectRow(result, row)
    expect(errorOf(result).provider?.status).toBeGreaterThanOrEqual(400)
  })

  it.each(STATUSES)('$key is $code', async (row) => {
    await using bench = await startBench()
    const status = Number(row.key.slice('HTTP '.length))
    bench.fake.answerNext({ status, body: `<html>#${USER} ${TITLE}</html>` })

    const result = await bench.send()

    expectRow(result, row)
    expect(errorOf(result).provider?.status).toBe(status)
  })

  it.each(ROWS.filter((row) => !CODES.includes(row) && !STATUSES.includes(row)))(
    '$key is $code, and nothing is published',
    async (row) => {
      const refuse = OWN[row.key]

      const result = await refuse?.()

      expectRow(result as SendResult, { ...row, delivery: 'not_sent' })
    },
  )
})

describe('an answer that is none of Centrifugo’s', () => {
  it.each([
    ['a proxy’s page', { status: 502, body: '<html>Bad Gateway</html>' }, 'UNAVAILABLE'],
    ['an acceptance with HTTP 500', { status: 500, body: '{"result":{}}' }, 'UNAVAILABLE'],
    ['a page with HTTP 200', { status: 200, body: '<html>Welcome to the hotel</html>' }, 'DRIVER_FAILED'],
    ['half a reply', { status: 200, body: '{"result":{"off' }, 'DRIVER_FAILED'],
    ['nothing', { status: 200, body: '' }, 'DRIVER_FAILED'],
    ['JSON null', { status: 200, body: 'null' }, 'DRIVER_FAILED'],
    ['a list', { status: 200, body: '[]' }, 'DRIVER_FAILED'],
    ['a result that is a text', { status: 200, body: '{"result":"ok"}' }, 'DRIVER_FAILED'],
    [
      'an error without a code',
      { status: 200, body: '{"error":{"message":"no"},"result":{}}' },
      'DRIVER_FAILED',
    ],
    ['a redirect', { status: 302, headers: { location: 'https://example.com' }, body: '' }, 'DRIVER_FAILED'],
    ['a proxy’s JSON', { status: 403, body: '{"code":403,"message":"blocked"}' }, 'DRIVER_FAILED'],
    ['an acceptance with HTTP 403', { status: 403, body: '{"result":{}}' }, 'DRIVER_FAILED'],
    ['2 MB', { status: 200, body: `{"result":{}}${' '.repeat(2_000_000)}` }, 'DRIVER_FAILED'],
    [
      'another protocol',
      { status: 101, headers: { upgrade: 'x', connection: 'upgrade' }, body: '' },
      'DRIVER_FAILED',
    ],
  ])('is no yes: %s', async (_, answer, code) => {
    await using bench = await startBench()
    bench.fake.answerNext(answer)

    const result = await bench.send()

    expect(errorOf(result)).toMatchObject({ code, delivery: 'unknown' })
  })

  it('is read by its status where it is a proxy’s JSON', async () => {
    await using bench = await startBench()
    bench.fake.answerNext({ status: 404, body: '{"code":404,"message":"no route"}' })

    expect(errorOf(await bench.send())).toMatchObject({
      code: 'INVALID_CONFIG',
      provider: { code: 'HTTP 404' },
    })
  })

  it('is a no where it has both an error and a result', async () => {
    await using bench = await startBench()
    bench.fake.answerNext({ body: '{"error":{"code":111,"message":"too many"},"result":{"offset":1}}' })

    expect(errorOf(await bench.send())).toMatchObject({ code: 'RATE_LIMITED' })
  })

  it('is a yes, and kept nowhere, where its position is unreadable', async () => {
    await using bench = await startBench()
    bench.fake.answerNext({ body: '{"result":{"offset":-3,"epoch":7}}' })

    expect(await bench.send()).toMatchObject({ status: 'sent', receipt: { stored: false } })
  })
})

describe('how long to wait', () => {
  it.each([
    ['120', 120_000],
    ['86400', 3_600_000],
    ['soon', undefined],
  ])('is read from Retry-After: %s', async (value, retryAfterMs) => {
    await using bench = await startBench()
    bench.fake.answerNext({ status: 429, headers: { 'retry-after': value }, body: '' })

    expect(errorOf(await bench.send()).retryAfterMs).toBe(retryAfterMs)
  })
})

it('keeps no long text of a server', async () => {
  await using bench = await startBench()
  bench.fake.refuseNext(999, { message: 'x'.repeat(10_000) })

  expect(errorOf(await bench.send()).provider?.message).toHaveLength(500)
})

it.each([
  ['the key', (bench: Bench) => bench.fake.config.apiKey],
  ['the channel of the user', () => `personal-of-${USER}`],
])('shows nothing of %s, whatever the server echoes, in debug mode either', async (_, secretOf) => {
  await using bench = await startBench()
  const userChannel = (user: string) => `personal-of-${user}`
  const push = centrifugo({ ...bench.fake.config, userChannel })
  const notify = createNotify({ retry: false, breaker: false, channels: { push }, debug: true })
  bench.fake.refuseNext(100, { message: `denied: ${secretOf(bench)}` })

  const thrown: unknown = await notify
    .send('push', { to: { user: USER }, title: TITLE })
    .catch((error: unknown) => error)
  await notify.close()

  expect(thrown).toMatchObject({ code: 'UNAVAILABLE', provider: { message: 'denied: [redacted]' } })
  expect(findSecrets(thrown, [secretOf(bench), USER])).toEqual([])
})
