/** Tokens are fetched once, replaced when refused, and never hammered for. */
import { expect, it } from 'vitest'
import { startFakeWechat } from '../../../src/channels/wechat/fake.ts'
import { miniProgram } from '../../../src/channels/wechat/index.ts'
import { Attempt } from '../../../src/core/delivery.ts'
import { createNotify } from '../../../src/index.ts'
import { FakeClock, findSecrets } from '../../../src/testing/index.ts'
import { codeOf, manySends, startBench, statuses, until } from './bench.ts'

const MINUTE = 60_000

it('asks for one token when 1,000 sends start at once', async () => {
  await using bench = await startBench()

  const results = await manySends(bench, 1000)

  expect(statuses(results)).toEqual(new Set(['sent']))
  expect(bench.fake.accepted).toHaveLength(1000)
  expect(bench.fake.calls).toEqual({ token: 1, message: 1000 })
})

it('asks for one more token when it is replaced with 1,000 sends in flight, and all go through', async () => {
  await using bench = await startBench()
  await bench.send()

  const sending = manySends(bench, 1000)
  await until(() => bench.fake.accepted.length > 200)
  bench.fake.miniProgram.rotateToken()
  const results = await sending

  expect(statuses(results)).toEqual(new Set(['sent']))
  expect(bench.fake.accepted).toHaveLength(1001)
  expect(bench.fake.calls.token).toBe(2)
})

it('keeps a token for its two hours and renews it 5 minutes early, without letting a send wait', async () => {
  await using bench = await startBench()
  await bench.send()
  await bench.clock.advance(115 * MINUTE)
  expect((await bench.send()).status).toBe('sent')
  expect(bench.fake.calls.token).toBe(1)

  await bench.clock.advance(MINUTE)
  const happened = bench.fake.failNext('stall', 'token')
  expect((await bench.send()).status).toBe('sent')
  await happened

  expect(bench.fake.calls.token).toBe(2)
})

it('goes on with the old token while renewing it fails, and asks again only 30 seconds later', async () => {
  await using bench = await startBench()
  await bench.send()
  await bench.clock.advance(116 * MINUTE)
  bench.fake.answerNext({ status: 503, body: '' }, 'token')

  await bench.send()
  await until(() => bench.fake.calls.token === 2)
  await bench.send()
  expect(bench.fake.calls.token).toBe(2)
  await bench.clock.advance(31_000)
  await bench.send()
  await until(() => bench.fake.calls.token === 3)

  expect(bench.fake.accepted).toHaveLength(4)
})

it('waits for a new token when less than a minute is left of the old one', async () => {
  await using bench = await startBench()
  await bench.send()
  await bench.clock.advance(119.5 * MINUTE)
  const [first] = bench.fake.miniProgram.tokens
  bench.fake.answerNext({ status: 503, body: '' }, 'token')

  expect(codeOf(await bench.send())).toBe('UNAVAILABLE not_sent')
  expect((await bench.send()).status).toBe('sent')
  expect(bench.fake.miniProgram.tokens[0]).not.toBe(first)
})

it('is not disturbed by a wall clock that jumps', async () => {
  await using bench = await startBench()
  await bench.send()

  bench.clock.jump(30 * 24 * 60 * MINUTE)
  await bench.send()
  bench.clock.jump(-60 * 24 * 60 * MINUTE)
  await bench.send()

  expect(bench.fake.calls.token).toBe(1)
})

it('is not disturbed by another program that uses the older token interface', async () => {
  await using bench = await startBench()
  await bench.send()
  const { appId, appSecret, endpoint } = bench.fake.miniProgram.config

  for (let time = 0; time < 3; time += 1) {
    const query = new URLSearchParams({ grant_type: 'client_credential', appid: appId, secret: appSecret })
    await fetch(`${endpoint}/cgi-bin/token?${query.toString()}`)
  }

  expect((await bench.send()).status).toBe('sent')
  expect(bench.fake.calls.message).toBe(2)
})

it.each([
  ['a wrong secret', { appSecret: 'f'.repeat(32) }, '40125'],
  ['an unknown app id', { appId: 'wx0123456789abcdef' }, '40013'],
])('leaves WeChat alone for 30 seconds after %s', async (_, config, errcode) => {
  await using bench = await startBench({ config })

  const results = [...(await manySends(bench, 20)), await bench.send()]

  expect(new Set(results.map(codeOf))).toEqual(new Set(['UNAUTHORIZED not_sent']))
  expect(results[0]).toMatchObject({ error: { provider: { code: errcode } } })
  expect(bench.fake.calls.token).toBe(1)
  await bench.clock.advance(30_000)
  await bench.send()
  expect(bench.fake.calls.token).toBe(2)
})

it('leaves WeChat alone for 30 seconds when our address is not allowed; verify() asks all the same', async () => {
  await using bench = await startBench()
  bench.fake.allowedIps = ['10.0.0.1']
  expect(codeOf(await bench.send())).toBe('UNAUTHORIZED not_sent')
  bench.fake.allowedIps = undefined
  expect(codeOf(await bench.send())).toBe('UNAUTHORIZED not_sent')
  expect(bench.fake.calls.token).toBe(1)

  expect((await bench.verify()).status).toBe('ok')

  expect((await bench.send()).status).toBe('sent')
})

it('verifies with WeChat each time, also while it holds a token', async () => {
  await using bench = await startBench()
  await bench.send()
  bench.fake.refuseNext(40243, 'appsecret is frozen', 'token')

  expect(await bench.verify()).toMatchObject({ status: 'failed', error: { code: 'UNAUTHORIZED' } })
  expect(bench.fake.accepted).toHaveLength(1)
})

it('does not wait longer than 10 seconds for a token, and sends nothing without', async () => {
  await using bench = await startBench()
  const happened = bench.fake.failNext('stall', 'token')
  const sending = manySends(bench, 3)
  await happened

  await bench.clock.advance(10_000)

  expect(new Set((await sending).map(codeOf))).toEqual(new Set(['TIMED_OUT not_sent']))
  expect((await bench.send()).status).toBe('sent')
})

it.each(['reset', 'unreachable', 'garbage'] as const)(
  'sent nothing when the request for a token meets: %s',
  async (fault) => {
    await using bench = await startBench()
    const happened = bench.fake.failNext(fault, 'token')

    const result = await bench.send()
    await happened

    expect(codeOf(result)).toMatch(/^(UNAVAILABLE|DRIVER_FAILED) not_sent$/)
    expect(findSecrets(result, bench.secrets)).toEqual([])
    expect((await bench.send()).status).toBe('sent')
  },
)

it('shows neither secret nor token when the driver is printed', async () => {
  const clock = new FakeClock()
  await using fake = await startFakeWechat({ clock })
  const { config, openid: to, template } = fake.miniProgram
  const driver = miniProgram(config, { clock })
  const notify = createNotify({
    retry: false,
    breaker: false,
    idempotency: false,
    channels: { wechat: driver },
    clock,
  })
  await notify.send('wechat', { to, template, data: { thing1: 'x', time2: '15:01' } })

  expect(findSecrets([driver, notify], [config.appSecret, ...fake.miniProgram.tokens])).toEqual([])
  await notify.close()
})

it('gives up the token being fetched when it is closed', async () => {
  await using fake = await startFakeWechat()
  const driver = miniProgram(fake.miniProgram.config)
  const happened = fake.failNext('stall', 'token')
  const verifying = driver.verify(new Attempt({ id: 'a-delivery' }))
  await happened

  await driver.close()

  await expect(verifying).rejects.toMatchObject({ code: 'UNAVAILABLE', delivery: 'not_sent' })
  await until(() => fake.connections === 0)
})
