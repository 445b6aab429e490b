/** The fake is as strict as WeChat, so that what it accepts is worth something. */
import { connect } from 'node:net'
import { expect, it } from 'vitest'
import { startFakeWechat, type FakeWechat } from '../../../src/channels/wechat/fake.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { until } from './bench.ts'

type Json = Record<string, unknown>

async function call(fake: FakeWechat, path: string, init: RequestInit = {}): Promise<Json> {
  const response = await fetch(`${fake.endpoint}${path}`, init)
  return (await response.json()) as Json
}

function post(fake: FakeWechat, path: string, body: unknown): Promise<Json> {
  return call(fake, path, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) })
}

function login(fake: FakeWechat, more: Json = {}): Json {
  const { appId, appSecret } = fake.miniProgram.config
  return { grant_type: 'client_credential', appid: appId, secret: appSecret, ...more }
}

const stable = (fake: FakeWechat, more?: Json) => post(fake, '/cgi-bin/stable_token', login(fake, more))

function legacy(fake: FakeWechat): Promise<Json> {
  const query = new URLSearchParams(login(fake) as Record<string, string>)
  return call(fake, `/cgi-bin/token?${query.toString()}`)
}

function send(fake: FakeWechat, token: unknown, more: Json | string = {}): Promise<Json> {
  const { openid, template } = fake.miniProgram
  const data = { thing1: { value: 'x' }, time2: { value: '15:01' } }
  const body = { touser: openid, template_id: template, data, lang: 'zh_CN', miniprogram_state: 'formal' }
  const path = `/cgi-bin/message/subscribe/send?access_token=${String(token)}`
  return post(fake, path, typeof more === 'string' ? more : { ...body, ...more })
}

it('takes one good message and gives it a msgid', async () => {
  await using fake = await startFakeWechat()
  const { access_token: token } = await stable(fake)

  expect(await send(fake, token)).toMatchObject({ errcode: 0, errmsg: 'ok' })
  expect(fake.accepted).toHaveLength(1)
})

it.each([
  ['an empty body', '', 44002],
  ['a body that is no JSON', '{', 47001],
  ['a body that is an array', '[]', 47001],
  ['a stranger', { touser: 'x' }, 40003],
  ['an unknown template', { template_id: 'x' }, 40037],
  ['a missing field', { data: { thing1: { value: 'x' } } }, 47003],
  ['a field that is a number', { data: { thing1: { value: 1 }, time2: { value: '15:01' } } }, 47003],
  [
    'a field too many',
    { data: { thing1: { value: 'x' }, time2: { value: '15:01' }, thing3: { value: 'x' } } },
    47003,
  ],
  ['no data', { data: null }, 47003],
  ['a page with a slash', { page: '/pages/index' }, 41030],
  ['an unknown page', { page: 'pages/no' }, 41030],
  ['no language', { lang: undefined }, 40035],
  ['no state', { miniprogram_state: 'beta' }, 40035],
])('refuses %s', async (_, more, errcode) => {
  await using fake = await startFakeWechat({ pages: ['pages/index'] })
  const { access_token: token } = await stable(fake)

  const reply = await send(fake, token, more)

  expect(reply).toMatchObject({ errcode })
  expect(reply['errmsg']).toMatch(/ rid: [0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}$/)
  expect(fake.accepted).toHaveLength(0)
})

it.each([
  ['another way than POST to send', '/cgi-bin/message/subscribe/send', 43002],
  ['another way than POST to the stable token', '/cgi-bin/stable_token', 43002],
  ['the retired template messages', '/cgi-bin/message/wxopen/template/send', 45103],
  ['the retired uniform messages', '/cgi-bin/message/wxopen/template/uniform_send', 45109],
  ['an unknown interface', '/cgi-bin/nothing', 40066],
])('refuses %s', async (_, path, errcode) => {
  await using fake = await startFakeWechat()

  expect(await call(fake, path)).toMatchObject({ errcode })
})

it.each([
  ['no grant type', { grant_type: '' }, 40002],
  ['no app id', { appid: '' }, 41002],
  ['no secret', { secret: '' }, 41004],
  ['an unknown app id', { appid: 'wx0000000000000000' }, 40013],
  ['a wrong secret', { secret: 'f'.repeat(32) }, 40125],
])('issues no token for %s', async (_, more, errcode) => {
  await using fake = await startFakeWechat()

  expect(await stable(fake, more)).toMatchObject({ errcode })
})

it('hands out the same stable token until 5 minutes before its end, and keeps the old one to its end', async () => {
  const clock = new FakeClock()
  await using fake = await startFakeWechat({ clock })
  const first = await stable(fake)
  expect(first['expires_in']).toBe(7200)

  await clock.advance(115 * 60_000)
  expect(await stable(fake)).toEqual({ ...first, expires_in: 300 })

  await clock.advance(1_000)
  const second = await stable(fake)
  expect(second['access_token']).not.toBe(first['access_token'])
  expect(await send(fake, first['access_token'])).toMatchObject({ errcode: 0 })

  await clock.advance(300_000)
  expect(await send(fake, first['access_token'])).toMatchObject({ errcode: 42001 })
  expect(await send(fake, second['access_token'])).toMatchObject({ errcode: 0 })
})

it('invalidates the old token by a forced refresh, 30 seconds apart and 20 times a day', async () => {
  const clock = new FakeClock()
  await using fake = await startFakeWechat({ clock })
  const first = await stable(fake)
  const forced = await stable(fake, { force_refresh: true })
  expect(await send(fake, first['access_token'])).toMatchObject({ errcode: 40001 })
  expect(await send(fake, forced['access_token'])).toMatchObject({ errcode: 0 })

  expect(await stable(fake, { force_refresh: true })).toMatchObject({ errcode: 45011 })
  for (let time = 1; time < 20; time += 1) {
    await clock.advance(30_000)
    expect(await stable(fake, { force_refresh: true })).toHaveProperty('access_token')
  }
  await clock.advance(30_000)
  expect(await stable(fake, { force_refresh: true })).toMatchObject({ errcode: 45009 })
})

it('replaces a token of the older interface by every call, with 5 minutes of overlap, apart from the stable one', async () => {
  const clock = new FakeClock()
  await using fake = await startFakeWechat({ clock })
  const [kept, first, second] = [await stable(fake), await legacy(fake), await legacy(fake)]
  for (const { access_token: token } of [kept, first, second]) {
    expect(await send(fake, token)).toMatchObject({ errcode: 0 })
  }

  await clock.advance(300_000)

  expect(await send(fake, first['access_token'])).toMatchObject({ errcode: 42001 })
  expect(await send(fake, second['access_token'])).toMatchObject({ errcode: 0 })
  expect(await send(fake, kept['access_token'])).toMatchObject({ errcode: 0 })
})

it('counts the connections that are open', async () => {
  await using fake = await startFakeWechat()
  const { port } = new URL(fake.endpoint)
  expect(fake.connections).toBe(0)

  const sockets = [connect(Number(port), '127.0.0.1'), connect(Number(port), '127.0.0.1')]
  await until(() => fake.connections === 2)
  for (const socket of sockets) socket.destroy()

  await until(() => fake.connections === 0)
})

it('can be closed twice', async () => {
  const fake = await startFakeWechat()

  await fake.close()
  await fake.close()
})
