/** What is on the wire when a connection ends in the midst of messages: some of them, in order, then a close frame, then nothing. */
import { describe, expect, it } from 'vitest'
import { startHub } from '../support/hub.ts'
import { command, frame, TEXT, upgrade, type RawPeer } from '../support/raw-peer.ts'

type Hub = Awaited<ReturnType<typeof startHub>>

const BURST = 40
const CLOSE = 8
const USER = '1001'

interface Scene {
  readonly hub: Hub
  readonly peer: RawPeer
  /** The first half of the burst was sent, and is not flushed yet. */
  readonly end: (scene: Scene) => unknown
}

/** Sends 40 messages in one turn of the loop, and ends the connection in the middle. */
async function burst(scene: Scene): Promise<void> {
  const sends = Array.from({ length: BURST }, (_, n) => {
    if (n === BURST / 2) void scene.end(scene)
    return scene.hub.notify.send('push', { to: { all: true }, data: n })
  })
  await Promise.all(sends)
}

async function join(hub: Hub): Promise<RawPeer> {
  const token = hub.driver.issueToken({ user: USER })
  const peer = await upgrade(hub.port, { frames: [command(1, 'connect', { token })] })
  await peer.received(1)
  return peer
}

/** All frames, when the peer has answered the close frame and the socket has ended. */
async function untilGone(peer: RawPeer) {
  const gone = new Promise((resolve) => peer.socket.once('close', resolve))
  await peer.closeCode
  peer.send(frame(CLOSE))
  peer.socket.end()
  await gone
  return peer.frames
}

const numbers = (frames: RawPeer['frames']) =>
  frames
    .filter(({ opcode }) => opcode === TEXT)
    .flatMap(({ payload }) => payload.toString().split('\n'))
    .map((line) => JSON.parse(line) as { push?: { pub?: { data: { data: number } } } })
    .flatMap(({ push }) => (push?.pub ? [push.pub.data.data] : []))

describe('nothing follows the close frame, and what comes before it has no hole', () => {
  it.each<[string, number, (scene: Scene) => unknown]>([
    ['the user is disconnected', 3503, ({ hub }) => hub.driver.disconnect({ user: USER })],
    [
      'the user is told to come back',
      3011,
      ({ hub }) => hub.driver.disconnect({ user: USER, reconnect: true }),
    ],
    ['the hub is closed', 3001, ({ hub }) => hub.driver.close()],
    ['the client breaks the protocol', 3501, ({ peer }) => peer.send(frame(TEXT, 'no JSON'))],
    ['the client breaks RFC 6455', 1002, ({ peer }) => peer.send(frame(3, 'x'))],
    ['the user has a device too many', 3504, ({ hub }) => hub.join(USER)],
  ])('when %s', async (_why, code, end) => {
    const errors: unknown[] = []
    await using hub = await startHub({
      maxConnectionsPerUser: 1,
      drainMs: 0,
      onError: (error) => errors.push(error),
    })
    const peer = await join(hub)

    await burst({ hub, peer, end })
    const frames = await untilGone(peer)

    expect(await peer.closeCode).toBe(code)
    expect(frames.filter(({ opcode }) => opcode === CLOSE)).toHaveLength(1)
    expect(frames.at(-1)?.opcode).toBe(CLOSE)
    const received = numbers(frames)
    expect(received).toEqual(received.map((_, index) => index))
    expect(errors).toEqual([])
  })

  it('when an onConnect that greets throws afterwards', async () => {
    await using hub = await startHub({
      onConnect: ({ user }) => {
        for (let n = 0; n < BURST; n += 1) void hub.notify.send('push', { to: { user }, data: n })
        throw new Error('out of luck')
      },
    })
    const token = hub.driver.issueToken({ user: USER })
    const peer = await upgrade(hub.port, { frames: [command(1, 'connect', { token })] })

    const frames = await untilGone(peer)

    expect(await peer.closeCode).toBe(3004)
    expect(frames.at(-1)?.opcode).toBe(CLOSE)
    expect(frames.filter(({ opcode }) => opcode === CLOSE)).toHaveLength(1)
  })
})

it.each<[string, (peer: RawPeer) => unknown]>([
  ['resets the line', ({ socket }) => socket.resetAndDestroy()],
  ['ends the line without a word', ({ socket }) => socket.end()],
  ['closes', (peer) => peer.send(frame(CLOSE, Buffer.from([0x03, 0xe8])))],
])('a client that %s in the midst of messages takes nobody along', async (_how, leave) => {
  const errors: unknown[] = []
  await using hub = await startHub({ onError: (error) => errors.push(error) })
  const healthy = await hub.join('2002')
  const peer = await join(hub)

  await burst({ hub, peer, end: ({ peer: leaving }) => leave(leaving) })
  const gone = new Promise((resolve) => peer.socket.once('close', resolve))
  if (!peer.socket.closed) {
    peer.socket.end()
    await gone
  }

  const received = (await healthy.received(BURST)).map(({ data }) => data.data)
  expect(received).toEqual(Array.from({ length: BURST }, (_, n) => n))
  await expect.poll(() => hub.driver.connections).toBe(1)
  expect(errors).toEqual([])
})

it.each<[string, Buffer]>([
  ['a subscription', command(2, 'subscribe', { channel: 'news' })],
  ['a call', command(2, 'rpc', { method: 'ask', data: 1 })],
])('%s that a hook answers after the connection was closed is answered to nobody', async (_what, asking) => {
  const answers: ((isAllowed: boolean) => void)[] = []
  const later = () => new Promise<boolean>((resolve) => answers.push(resolve))
  await using hub = await startHub({ authorizeChannel: later, onRpc: later })
  const peer = await join(hub)
  peer.send(asking)
  await expect.poll(() => answers).toHaveLength(1)

  await hub.driver.disconnect({ user: USER })
  for (const answer of answers) answer(true)
  await peer.closeCode
  await hub.clock.advance(60_000)
  const frames = await untilGone(peer)

  expect(frames.map(({ opcode }) => opcode)).toEqual([TEXT, CLOSE])
})
