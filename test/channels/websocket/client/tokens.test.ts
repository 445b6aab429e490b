import { expect, it } from 'vitest'
import { FakeClock } from '../../../../src/testing/index.ts'
import { newClient, timersOf } from './support/client.ts'
import { startStrictServer } from './support/strict-server.ts'

it('fetches a token for every line', async () => {
  await using server = await startStrictServer()
  let count = 0
  using told = newClient(server.url, { token: () => `token ${++count}`, minDelayMs: 1 })
  told.client.connect()
  await expect.poll(() => told.client.state).toBe('open')

  server.peer.close(3005, 'connection expired')
  await expect.poll(() => server.peers.length).toBe(2)
  await expect.poll(() => told.client.state).toBe('open')

  expect(server.peers.map((peer) => peer.params('connect')[0]?.['token'])).toEqual(['token 1', 'token 2'])
})

it('fetches another token where the server says that it is expired', async () => {
  await using server = await startStrictServer()
  const tokens = ['old', 'new']
  const welcome = server.answers['connect']
  server.answers['connect'] = (params, peer) =>
    params['token'] === 'old' ? { error: { code: 109, message: 'token expired' } } : welcome?.(params, peer)
  using told = newClient(server.url, { token: () => Promise.resolve(tokens.shift() ?? ''), minDelayMs: 1 })

  told.client.connect()

  await expect.poll(() => told.client.state).toBe('open')
})

it('asks for a token again where it could not be had, and `error` tells', async () => {
  await using server = await startStrictServer()
  const clock = new FakeClock()
  const lost = new Error('the login service is down')
  let isDown = true
  const token = () => (isDown ? Promise.reject(lost) : Promise.resolve('a token'))
  using told = newClient(server.url, { token, clock: timersOf(clock) })

  told.client.connect()
  await expect.poll(() => told.client.state).toBe('waiting')
  expect(told.errors).toEqual([{ error: lost }])
  isDown = false
  await clock.advance(500)

  await expect.poll(() => told.client.state).toBe('open')
})

it('waits for a token no longer than for anything else', async () => {
  await using server = await startStrictServer()
  const clock = new FakeClock()
  let give: (token: string) => void = () => undefined
  const token = () => new Promise<string>((resolve) => (give = resolve))
  using told = newClient(server.url, { token, clock: timersOf(clock) })
  told.client.connect()

  await clock.advance(5_000)
  expect(told.client.state).toBe('waiting')
  give('too late')
  await clock.advance(0)

  expect(server.upgrades).toBe(0)
})

it('does not use a token that comes after it was closed', async () => {
  await using server = await startStrictServer()
  let give: (token: string) => void = () => undefined
  const token = () => new Promise<string>((resolve) => (give = resolve))
  const clock = new FakeClock()
  using told = newClient(server.url, { token, clock: timersOf(clock) })
  told.client.connect()

  told.client.disconnect()
  give('too late')
  await clock.advance(60_000)

  expect(server.upgrades).toBe(0)
})

it('renews a token on the open line before it ends', async () => {
  await using server = await startStrictServer({ expires: true, ttl: 100, ping: 600 })
  server.answers['refresh'] = () => ({ refresh: { expires: true, ttl: 1_000 } })
  const clock = new FakeClock()
  let count = 0
  using told = newClient(server.url, { token: () => `token ${++count}`, clock: timersOf(clock) })
  told.client.connect()
  await expect.poll(() => told.client.state).toBe('open')

  await clock.advance(90_000)
  await expect.poll(() => server.peer.params('refresh')).toEqual([{ token: 'token 2' }])
  await clock.advance(0)
  server.peer.sayRaw('{}')
  await expect.poll(() => server.peer.pongs).toBe(1)
  await clock.advance(600_000)
  server.peer.sayRaw('{}')
  await expect.poll(() => server.peer.pongs).toBe(2)
  await clock.advance(300_000)

  await expect.poll(() => server.peer.params('refresh')).toHaveLength(2)
  expect(server.upgrades).toBe(1)
})

it('renews a token that lives for a month once a day, not in a loop', async () => {
  await using server = await startStrictServer({ expires: true, ttl: 2_592_000, ping: undefined })
  server.answers['refresh'] = () => ({ refresh: { expires: true, ttl: 2_592_000 } })
  const clock = new FakeClock()
  using told = newClient(server.url, { token: () => 'a token', clock: timersOf(clock) })
  told.client.connect()
  await expect.poll(() => told.client.state).toBe('open')

  await clock.advance(77_759_999)
  expect(server.peer.params('refresh')).toHaveLength(0)
  await clock.advance(1)

  await expect.poll(() => server.peer.params('refresh')).toHaveLength(1)
})

it('begins the next line with a new token where the last could not be renewed', async () => {
  await using server = await startStrictServer({ expires: true, ttl: 20 })
  const clock = new FakeClock()
  const tokens = ['old', new Error('down'), 'new']
  const token = () => {
    const next = tokens.shift() ?? ''
    if (next instanceof Error) throw next
    return next
  }
  using told = newClient(server.url, { token, clock: timersOf(clock) })
  told.client.connect()
  await expect.poll(() => told.client.state).toBe('open')

  await clock.advance(18_000)
  expect(told.errors).toMatchObject([{ error: { message: 'down' } }])
  expect(told.client.state).toBe('open')
  server.peer.close(3005, 'connection expired')
  await expect.poll(() => told.client.state).toBe('waiting')
  await clock.advance(500)

  await expect.poll(() => server.peer.params('connect')).toMatchObject([{ token: 'new' }])
})

it('tells of no token that fails after it was closed', async () => {
  let fail: (error: Error) => void = () => undefined
  const token = () => new Promise<string>((_, reject) => (fail = reject))
  const clock = new FakeClock()
  using told = newClient('ws://127.0.0.1:1/push', { token, clock: timersOf(clock) })
  told.client.connect()

  told.client.disconnect()
  fail(new Error('too late'))
  await clock.advance(60_000)

  expect(told.errors).toEqual([])
  expect(told.client.state).toBe('closed')
})

it('renews on each line the token of that line', async () => {
  await using server = await startStrictServer({ expires: true, ttl: 100, ping: 600 })
  const clock = new FakeClock()
  using told = newClient(server.url, { token: () => 'a token', clock: timersOf(clock) })
  told.client.connect()
  await expect.poll(() => told.client.state).toBe('open')
  await clock.advance(50_000)
  server.peer.cut()
  await expect.poll(() => told.client.state).toBe('waiting')
  await clock.advance(500)
  await expect.poll(() => told.client.state).toBe('open')

  await clock.advance(89_000)
  await told.client.rpc('after')
  expect(server.peer.params('refresh')).toEqual([])
  await clock.advance(1_000)

  await expect.poll(() => server.peer.params('refresh')).toHaveLength(1)
})
