/** A store shares the token between drivers; one that fails, lies or hangs costs a token call and nothing else. */
import { expect, it } from 'vitest'
import { startFakeWechat } from '../../../src/channels/wechat/fake.ts'
import { miniProgram, type StoredToken, type TokenStore } from '../../../src/channels/wechat/index.ts'
import { createNotify } from '../../../src/index.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { codeOf, startBench, until } from './bench.ts'

class MapStore implements TokenStore {
  readonly held = new Map<string, StoredToken>()
  readonly ttls: number[] = []

  get(key: string): Promise<StoredToken | undefined> {
    return Promise.resolve(this.held.get(key))
  }

  set(key: string, token: StoredToken, ttlMs: number): Promise<void> {
    this.held.set(key, token)
    this.ttls.push(ttlMs)
    return Promise.resolve()
  }
}

it('shares one token between two drivers that share a store', async () => {
  const store = new MapStore()
  const clock = new FakeClock()
  await using fake = await startFakeWechat({ clock })
  const { config, openid: to, template } = fake.miniProgram
  const drivers = [1, 2].map(() => miniProgram({ ...config, token: { store } }, { clock }))
  const [one, two] = drivers.map((wechat) =>
    createNotify({ retry: false, breaker: false, idempotency: false, channels: { wechat }, clock }),
  )
  const message = { to, template, data: { thing1: 'x', time2: '15:01' } }

  expect((await one?.send('wechat', message))?.status).toBe('sent')
  expect((await two?.send('wechat', message))?.status).toBe('sent')
  expect(fake.calls.token).toBe(1)

  fake.miniProgram.rotateToken()
  expect((await one?.send('wechat', message))?.status).toBe('sent')
  expect((await two?.send('wechat', message))?.status).toBe('sent')
  expect(fake.calls.token).toBe(2)
  expect(store.ttls).toEqual([7_200_000, 7_200_000])
  expect([...store.held.keys()].join()).toMatch(/^[0-9a-f]{64}$/)
  await one?.close()
  await two?.close()
})

it.each([
  ['throws', { get: () => Promise.reject(new Error('down')), set: () => Promise.reject(new Error('down')) }],
  ['holds what is no token', { get: () => Promise.resolve('x' as never), set: () => Promise.resolve() }],
  [
    'holds one that has run out',
    { get: () => Promise.resolve({ value: 'old', expiresAt: 0 }), set: () => Promise.resolve() },
  ],
])('asks WeChat itself when the store %s', async (_, store: TokenStore) => {
  await using bench = await startBench({ config: { token: { store } } })

  expect((await bench.send()).status).toBe('sent')
})

const never = () => new Promise<never>(() => undefined)

it('waits no longer than 2 seconds for a store that does not answer, and then asks WeChat', async () => {
  let asked = 0
  const get = () => {
    asked += 1
    return never()
  }
  await using bench = await startBench({ config: { token: { store: { get, set: never } } } })
  const sending = bench.send()
  await until(() => asked === 1)
  await bench.clock.advance(1_999)
  expect(bench.fake.calls.token).toBe(0)

  await bench.clock.advance(1)

  expect(codeOf(await sending)).toBe('sent')
})

it('does not wait for a store to keep the token', async () => {
  const store = { get: () => Promise.resolve(undefined), set: never }
  await using bench = await startBench({ config: { token: { store } } })

  expect(codeOf(await bench.send())).toBe('sent')
})

it('does not mind a store that throws at once', async () => {
  const fail = () => {
    throw new Error('down')
  }
  await using bench = await startBench({ config: { token: { store: { get: fail, set: fail } } } })

  expect(codeOf(await bench.send())).toBe('sent')
})
