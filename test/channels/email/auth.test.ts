/** Logging in: with a password, or with one OAuth2 token that all connections share. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { describe, expect, it, onTestFinished } from 'vitest'
import { FakeClock } from '../../../src/testing/fake-clock.ts'
import { findSecrets } from '../../../src/testing/find-secrets.ts'
import { startBench, TO } from './bench.ts'

const user = 'shop@example.com'
const PASS = 'correct horse battery staple'

/** A token endpoint; `answer` gets the form it was sent. */
async function startTokenEndpoint(answer: (form: URLSearchParams, response: ServerResponse) => void) {
  const forms: URLSearchParams[] = []
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const form = new URLSearchParams((await buffer(request)).toString())
    forms.push(form)
    answer(form, response)
  }
  const server = createServer((request, response) => void handle(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { forms, accessUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token` }
}

describe('a password', () => {
  it('logs in, and the server knows the user', async () => {
    await using bench = await startBench({
      fake: { users: { [user]: PASS } },
      config: { auth: { user, pass: PASS } },
    })

    await bench.receipt()

    expect(bench.fake.accepted[0]?.user).toBe(user)
  })

  it('that is wrong is UNAUTHORIZED, for send and verify, and stands in no error', async () => {
    await using bench = await startBench({
      fake: { users: { [user]: PASS } },
      config: { auth: { user, pass: 'guessed wrong' } },
    })
    bench.fake.refuseNext({
      command: 'AUTH',
      reply: `535 5.7.8 Bad credentials ${Buffer.from(`\0${user}\0guessed wrong`).toString('base64')} for ${user}`,
    })

    const error = await bench.fail()
    const { email } = await bench.notify.verify()

    expect(error).toMatchObject({
      code: 'UNAUTHORIZED',
      delivery: 'not_sent',
      provider: { code: '535 5.7.8', status: 535 },
    })
    expect(email).toMatchObject({ status: 'failed', error: { code: 'UNAUTHORIZED' } })
    expect(findSecrets([error, email], [user, 'guessed wrong', TO, `\0${user}\0guessed wrong`])).toEqual([])
  })

  it('is missing where the server wants one: UNAUTHORIZED', async () => {
    await using bench = await startBench({ fake: { users: { [user]: PASS } } })

    expect(await bench.fail()).toMatchObject({
      code: 'UNAUTHORIZED',
      delivery: 'not_sent',
      provider: { status: 530 },
    })
  })

  it('is not sent where the server offers no login', async () => {
    await using bench = await startBench({ config: { auth: { user, pass: PASS } } })

    expect(await bench.fail()).toMatchObject({
      code: 'UNAUTHORIZED',
      delivery: 'not_sent',
      provider: { code: 'ENOAUTH' },
    })
    expect(bench.fake.commands).not.toContain('AUTH')
  })
})

describe('verify', () => {
  it('connects, greets, logs in, asks for a sign of life, and sends nothing', async () => {
    await using bench = await startBench({
      fake: { users: { [user]: PASS } },
      config: { auth: { user, pass: PASS } },
    })

    const { email } = await bench.notify.verify()

    expect(email).toMatchObject({ status: 'ok', provider: 'smtp' })
    expect(bench.fake.commands).toEqual(['EHLO', 'AUTH', 'RSET'])
    expect(bench.fake.accepted).toHaveLength(0)
  })

  it('checks the credentials anew although a connection is open', async () => {
    await using bench = await startBench({
      fake: { users: { [user]: PASS } },
      config: { auth: { user, pass: PASS } },
    })
    await bench.receipt()
    bench.fake.refuseNext({ command: 'AUTH', reply: '535 5.7.8 Password changed' })

    const { email } = await bench.notify.verify()

    expect(email).toMatchObject({ status: 'failed', error: { code: 'UNAUTHORIZED' } })
  })
})

describe('an OAuth2 token', () => {
  it('that is given logs in', async () => {
    await using bench = await startBench({
      fake: { accessTokens: ['tok-1'] },
      config: { auth: { type: 'oauth2', user, accessToken: 'tok-1' } },
    })

    await bench.receipt()

    expect(bench.fake.accepted[0]?.user).toBe(user)
  })

  it('is asked for once by five connections that open together', async () => {
    let asked = 0
    const tokenProvider = async () => {
      asked += 1
      await new Promise((resolve) => setImmediate(resolve))
      return { accessToken: 'tok-1', expiresInMs: 3_600_000 }
    }
    await using bench = await startBench({
      fake: { accessTokens: ['tok-1'] },
      config: { auth: { type: 'oauth2', user, tokenProvider } },
    })

    await Promise.all(Array.from({ length: 20 }, () => bench.receipt()))

    expect(bench.fake.connectionsMade).toBe(5)
    expect(asked).toBe(1)
  })

  it('that the server no longer takes is renewed once for all connections, within the same attempt', async () => {
    let asked = 0
    const tokenProvider = () => `tok-${(asked += 1)}`
    await using bench = await startBench({
      fake: { accessTokens: ['tok-2'] },
      config: { auth: { type: 'oauth2', user, tokenProvider } },
    })

    const results = await Promise.all(Array.from({ length: 20 }, () => bench.send()))

    expect(results.map(({ status, attempts }) => `${status} ${attempts.length}`)).toEqual(
      Array(20).fill('sent 1'),
    )
    expect(asked).toBe(2)
  })

  it('is renewed too where the server refuses it by 535 at once', async () => {
    let asked = 0
    const tokenProvider = () => `tok-${(asked += 1)}`
    await using bench = await startBench({
      fake: { accessTokens: ['tok-2'] },
      config: { auth: { type: 'oauth2', user, tokenProvider } },
    })
    bench.fake.refuseNext({ command: 'AUTH', reply: '535 5.7.3 Authentication unsuccessful' })

    expect(await bench.send()).toMatchObject({ status: 'sent' })
    expect(asked).toBe(2)
  })

  it('that is refused again after its renewal is UNAUTHORIZED, and asked for no third time', async () => {
    let asked = 0
    const tokenProvider = () => `a-token-of-many-letters-${(asked += 1)}`
    await using bench = await startBench({
      fake: { accessTokens: ['other'] },
      config: { auth: { type: 'oauth2', user, tokenProvider } },
    })

    const error = await bench.fail()

    expect(error).toMatchObject({ code: 'UNAUTHORIZED', delivery: 'not_sent', provider: { status: 535 } })
    expect(asked).toBe(2)
    expect(findSecrets(error, ['a-token-of-many-letters-1', 'a-token-of-many-letters-2', user])).toEqual([])
  })

  it('is renewed a minute before it ends', async () => {
    const clock = new FakeClock()
    let asked = 0
    const tokenProvider = () => ({ accessToken: `tok-${(asked += 1)}`, expiresInMs: 600_000 })
    await using bench = await startBench({
      clock,
      fake: { accessTokens: ['tok-1', 'tok-2'] },
      config: { auth: { type: 'oauth2', user, tokenProvider }, pool: { maxMessages: 1 } },
    })

    await bench.receipt()
    await clock.advance(539_999)
    await bench.receipt()
    expect(asked).toBe(1)
    await clock.advance(1)
    await bench.receipt()

    expect(asked).toBe(2)
  })

  it('comes from a refresh token, and lasts as long as the endpoint says', async () => {
    const { forms, accessUrl } = await startTokenEndpoint((_, response) => {
      response.end(JSON.stringify({ access_token: `tok-${forms.length}`, expires_in: 600 }))
    })
    const clock = new FakeClock()
    await using bench = await startBench({
      clock,
      fake: { accessTokens: ['tok-1', 'tok-2'] },
      config: {
        auth: {
          type: 'oauth2',
          user,
          refreshToken: 'refresh-me',
          clientId: 'id',
          clientSecret: 'hush',
          accessUrl,
        },
        pool: { maxMessages: 1 },
      },
    })

    await bench.receipt()
    await bench.receipt()
    await clock.advance(540_000)
    await bench.receipt()

    expect(forms).toHaveLength(2)
    expect(Object.fromEntries(forms[0] ?? [])).toEqual({
      client_id: 'id',
      client_secret: 'hush',
      refresh_token: 'refresh-me',
      grant_type: 'refresh_token',
    })
  })

  it.each([
    [
      'refuses the refresh token',
      400,
      '{"error":"invalid_grant","error_description":"refresh-me-please was revoked"}',
      'UNAUTHORIZED',
    ],
    ['is overloaded', 503, '<html>Service Unavailable</html>', 'UNAVAILABLE'],
    ['says it is overloaded', 503, '{"error":"temporarily_unavailable"}', 'UNAVAILABLE'],
    ['has an error of its own', 500, '{"error":"invalid_grant"}', 'UNAVAILABLE'],
    ['limits the rate in JSON', 429, '{"error":"rate_limited"}', 'UNAVAILABLE'],
    ['does not know the client', 401, '{"error":"invalid_client"}', 'UNAUTHORIZED'],
    ['limits the rate in plain text', 429, 'slow down', 'UNAVAILABLE'],
  ])('cannot be had where the endpoint %s', async (_, status, body, code) => {
    const { accessUrl } = await startTokenEndpoint(
      (_form, response) => void response.writeHead(status).end(body),
    )
    const auth = {
      type: 'oauth2',
      user,
      refreshToken: 'refresh-me-please',
      clientId: 'id',
      clientSecret: 'hush-hush',
      accessUrl,
    } as const
    await using bench = await startBench({ fake: { accessTokens: ['tok-1'] }, config: { auth } })

    const error = await bench.fail()

    expect(error).toMatchObject({ code, delivery: 'not_sent' })
    expect(findSecrets(error, ['refresh-me-please', 'hush-hush', TO])).toEqual([])
    expect(bench.fake.connectionsMade).toBe(0)
  })

  it('cannot be had where the provider throws, or gives no token', async () => {
    const answers: (() => string)[] = [() => '', () => 'two words']
    await using thrown = await startBench({
      fake: { accessTokens: ['t'] },
      config: {
        auth: { type: 'oauth2', user, tokenProvider: () => Promise.reject(new Error('vault sealed')) },
      },
    })
    expect(await thrown.fail()).toMatchObject({ code: 'UNAVAILABLE', delivery: 'not_sent' })
    for (const tokenProvider of answers) {
      await using bench = await startBench({
        fake: { accessTokens: ['t'] },
        config: { auth: { type: 'oauth2', user, tokenProvider } },
      })
      expect(await bench.fail()).toMatchObject({ code: 'INVALID_CONFIG', delivery: 'not_sent' })
    }
  })

  it('that never comes is asked for again after timeouts.connectMs', async () => {
    const clock = new FakeClock()
    let asked = 0
    const tokenProvider = () => ((asked += 1) > 1 ? 'tok-1' : new Promise<string>(() => undefined))
    await using bench = await startBench({
      clock,
      fake: { accessTokens: ['tok-1'] },
      config: { auth: { type: 'oauth2', user, tokenProvider }, timeouts: { connectMs: 3000 } },
    })
    const first = bench.fail()
    while (asked === 0) await new Promise((resolve) => setImmediate(resolve))

    await clock.advance(3000)

    expect(await first).toMatchObject({ code: 'UNAVAILABLE', delivery: 'not_sent' })
    await bench.receipt()
    expect(asked).toBe(2)
  })

  it('from an endpoint that hangs is no longer asked for after close', async () => {
    let asked: ServerResponse | undefined
    const { accessUrl, forms } = await startTokenEndpoint((_, response) => void (asked = response))
    const auth = { type: 'oauth2', user, refreshToken: 'r', clientId: 'id', accessUrl } as const
    await using bench = await startBench({ config: { auth } })
    const sending = bench.fail()
    while (forms.length === 0) await new Promise((resolve) => setImmediate(resolve))
    const hungUp = new Promise((resolve) => asked?.once('close', resolve))

    await bench.driver.close()

    expect(await sending).toMatchObject({ code: 'UNAVAILABLE', delivery: 'not_sent' })
    await hungUp
  })

  it('that does not come holds nobody longer than the signal', async () => {
    await using bench = await startBench({
      fake: { accessTokens: ['t'] },
      config: { auth: { type: 'oauth2', user, tokenProvider: () => new Promise<string>(() => undefined) } },
    })

    const result = await bench.send({}, { attemptTimeoutMs: 20 })

    expect(result).toMatchObject({ status: 'failed', error: { code: 'TIMED_OUT', delivery: 'not_sent' } })
  })
})
