/** WebSocket: no provider stands between the hub and the devices, so what goes wrong is the devices and the hub. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { startProxy } from '../../channels/websocket/support/proxy.ts'
import { startFakeAudience } from '../../../src/channels/websocket/fake.ts'
import { websocket, type WebSocketConfigInput } from '../../../src/channels/websocket/index.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import type { Ending, FaultCase, Scene } from './case.ts'

const KEY = 'a-shared-secret-of-thirty-two-bytes!'
const USER = 'user-1001'
const toUser = { to: { user: USER }, title: 'Order shipped' }

type Hub = Awaited<ReturnType<typeof startHub>>

async function startHub(config: Partial<WebSocketConfigInput>) {
  const clock = new FakeClock()
  const driver = websocket({ jwt: { keys: [KEY] }, ...config }, { clock })
  const audience = await startFakeAudience()
  const { url, port } = await driver.listen()
  const join = (user = USER, channels: readonly string[] = [], at = url) =>
    audience.join(at, { token: driver.issueToken({ user, channels }) })
  return { clock, driver, audience, url, port, join }
}

interface Staging {
  readonly config?: Partial<WebSocketConfigInput>
  readonly message?: object
  /** What happens before the send. Messages that went out until then do not count. */
  readonly arrange?: (hub: Hub) => unknown
  readonly ending?: Ending
}

async function staged({ config = {}, message = toUser, arrange, ending }: Staging): Promise<Scene> {
  const hub = await startHub(config)
  const { driver, audience } = hub
  await arrange?.(hub)
  const before = audience.accepted.length
  return {
    driver,
    message,
    ending,
    accepted: async () => {
      // Closing a device reads what was written to it before.
      await audience.close()
      return audience.accepted.length - before
    },
    close: () => audience.close(),
  }
}

/** A device whose line goes dead without a word, until the heartbeat has missed it. */
async function joinOnDeadLine(hub: Hub) {
  const proxy = await startProxy(hub.port)
  await hub.join(USER, [], `ws://127.0.0.1:${proxy.port}/push`)
  proxy.blackhole()
  await missHeartbeat(hub)
  await proxy[Symbol.asyncDispose]()
}

/** Longer than `pingMs` and `pongMs` together. */
const missHeartbeat = ({ clock }: Hub) => clock.advance(60_000)

/** Sockets of a server that is ours can be destroyed in the very turn of the send. */
async function stageDestroyedSocket(): Promise<Scene> {
  const server = createServer()
  const sockets: Duplex[] = []
  const driver = websocket({ jwt: { keys: [KEY] } })
  driver.attach(server)
  server.on('upgrade', (_request, socket) => sockets.push(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const audience = await startFakeAudience()
  const { port } = server.address() as AddressInfo
  await audience.join(`ws://127.0.0.1:${port}/push`, { token: driver.issueToken({ user: USER }) })
  sockets[0]?.destroy()
  return {
    driver,
    message: toUser,
    accepted: async () => {
      await audience.close()
      return audience.accepted.length
    },
    close: () => new Promise((resolve) => server.close(resolve)),
  }
}

/** Never listens, nor is attached to a server. */
function stageNotServing(): Promise<Scene> {
  const driver = websocket({ jwt: { keys: [KEY] } })
  return Promise.resolve({ driver, message: toUser, accepted: () => 0, close: () => Promise.resolve() })
}

async function joinTwoAndLeaveOne({ join }: Hub) {
  const [first] = [await join(), await join()]
  await first.close()
}

const refusesToBeJson = { toJSON: () => JSON.parse('{') as unknown }

const stagings: Readonly<Record<string, Staging>> = {
  'nothing goes wrong': { arrange: ({ join }) => join() },
  'nobody is connected': {},
  'only somebody else is connected': { arrange: ({ join }) => join('user-2002') },
  'the device left': { arrange: async ({ join }) => (await join()).close() },
  'one of two devices left': { arrange: joinTwoAndLeaveOne },
  'a device reads again only after the send': { arrange: async ({ join }) => (await join()).stopReading() },
  'the line is dead and the heartbeat missed it': { arrange: joinOnDeadLine },
  'the device answered no ping': {
    arrange: async (hub) => {
      ;(await hub.join()).stopPonging()
      await missHeartbeat(hub)
    },
  },
  'the user was disconnected in this very turn': {
    arrange: async ({ join, driver }) => {
      await join()
      driver.disconnect({ user: USER })
    },
  },
  'the device was refused: token of a stranger': {
    arrange: ({ audience, url }) => audience.join(url, { token: 'a.b.c' }).catch(() => undefined),
  },
  'topic without subscribers': {
    message: { ...toUser, to: { topic: 'orders' } },
    arrange: ({ join }) => join(),
  },
  'topic with a subscriber': {
    message: { ...toUser, to: { topic: 'orders' } },
    arrange: ({ join }) => join(USER, ['orders']),
  },
  'to everyone, and nobody is there': { message: { ...toUser, to: { all: true } } },
  'to everyone': { message: { ...toUser, to: { all: true } }, arrange: ({ join }) => join('user-2002') },
  'message above maxOutboundBytes': {
    config: { maxOutboundBytes: 256 },
    message: { ...toUser, body: 'x'.repeat(300) },
    arrange: ({ join }) => join(),
  },
  'message does not fit the schema': { message: { to: { user: USER } }, arrange: ({ join }) => join() },
  'a link that runs a script': {
    message: { ...toUser, url: 'javascript:alert(1)' },
    arrange: ({ join }) => join(),
  },
  'data that has no JSON': { message: { ...toUser, data: { total: 10n } }, arrange: ({ join }) => join() },
  'data whose toJSON throws': {
    message: { ...toUser, data: refusesToBeJson },
    arrange: ({ join }) => join(),
  },
  'the hub is closed': {
    arrange: async ({ join, driver }) => {
      await join()
      await driver.close()
    },
  },
}

export const websocketCases: readonly FaultCase[] = [
  ...Object.entries(stagings).map(([fault, staging]): FaultCase => {
    return { channel: 'websocket', fault, stage: () => staged(staging) }
  }),
  { channel: 'websocket', fault: 'the socket was destroyed in this very turn', stage: stageDestroyedSocket },
  { channel: 'websocket', fault: 'the hub serves nobody yet', stage: stageNotServing },
]
