/** Everybody comes at once, as after a deploy or a cut line. */
import { expect, it } from 'vitest'
import { startFaultProxy } from '../../../support/fault-proxy.ts'
import { connectFakeDevice, type FakeDevice } from '../../../../src/channels/websocket/fake.ts'
import { startHub } from '../support/hub.ts'
import { upgrade } from '../support/raw-peer.ts'

const CLIENTS = 500
const crowd = { maxConnectionsPerIp: CLIENTS, maxUnauthenticated: CLIENTS, connectionsPerSecond: CLIENTS * 3 }

it('a line that is cut under many clients lets all of them back in, and each gets what it missed', async () => {
  const errors: unknown[] = []
  await using hub = await startHub({ ...crowd, onError: (error) => errors.push(error) })
  await using proxy = await startFaultProxy(hub.port)
  const url = `ws://127.0.0.1:${proxy.port}/push`
  const users = Array.from({ length: CLIENTS }, (_, n) => `user-${n}`)
  const come = (user: string) => connectFakeDevice(url, { token: hub.driver.issueToken({ user }) })
  const before = await Promise.all(users.map(come))

  proxy.cut()
  await Promise.all(before.map(({ closed }) => closed))
  await expect.poll(() => hub.driver.connections).toBe(0)
  await Promise.all(
    users.map((user) => hub.notify.send('push', { to: { user }, title: `While away: ${user}` })),
  )
  const after = await Promise.all(users.map(come))

  expect(hub.driver.connections).toBe(CLIENTS)
  await Promise.all(after.map((device) => device.received(1)))
  expect(after.map(({ publications }) => publications.map(({ data }) => data.title))).toEqual(
    users.map((user) => [`While away: ${user}`]),
  )
  expect(errors).toEqual([])
  for (const device of after) device.drop()
}, 60_000)

it('who comes beyond connectionsPerSecond gets 503 and when to try again, and is let in then', async () => {
  await using hub = await startHub({ connectionsPerSecond: 5 })
  for (let n = 0; n < 5; n += 1) await hub.join(`user-${n}`)

  const refused = await upgrade(hub.port)
  const retryAfter = refused.head.find((line) => line.startsWith('Retry-After: ')) ?? ''
  await hub.clock.advance(Number(retryAfter.replace('Retry-After: ', '')) * 1_000)

  expect(refused.head[0]).toBe('HTTP/1.1 503 Service Unavailable')
  expect(retryAfter).toMatch(/^Retry-After: [1-9]\d*$/)
  await hub.join('user-5')
  expect(hub.driver.connections).toBe(6)
})

it('who is refused takes nobody’s turn', async () => {
  await using hub = await startHub({ connectionsPerSecond: 5 })
  const foreign = { headers: { origin: 'https://evil.example' } }
  for (let n = 0; n < 20; n += 1) expect((await upgrade(hub.port, foreign)).head[0]).toContain('403')

  for (let n = 0; n < 5; n += 1) await hub.join(`user-${n}`)

  expect(hub.driver.connections).toBe(5)
})

it('a crowd beyond connectionsPerSecond is in after as many seconds as it takes', async () => {
  await using hub = await startHub({ connectionsPerSecond: 50, maxConnectionsPerIp: 500 })
  let outside = Array.from({ length: 300 }, (_, n) => `user-${n}`)
  const inside: FakeDevice[] = []
  const rounds: number[] = []

  while (outside.length > 0 && rounds.length < 20) {
    const tries = await Promise.allSettled(outside.map((user) => hub.join(user)))
    const codes = tries.map((one) =>
      one.status === 'rejected' ? (one.reason as { code: number }).code : 101,
    )
    for (const one of tries) if (one.status === 'fulfilled') inside.push(one.value)
    expect(codes.filter((code) => code !== 101 && code !== 503)).toEqual([])
    outside = outside.filter((_user, index) => codes[index] === 503)
    rounds.push(codes.filter((code) => code === 101).length)
    await hub.clock.advance(1_000)
  }

  expect(rounds).toEqual([50, 50, 50, 50, 50, 50])
  expect(hub.driver.connections).toBe(300)
})
