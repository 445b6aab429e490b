/** WebSocket: no provider stands between the hub and the devices, so what goes wrong is the devices and the hub. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { startFakeAudience } from '../../../src/channels/websocket/fake.ts'
import { websocket, type WebSocketConfigInput } from '../../../src/channels/websocket/index.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { startFaultProxy, type FaultProxy } from '../fault-proxy.ts'
import type { Ending, FaultCase, Scene } from './case.ts'

const KEY = 'a-shared-secret-of-thirty-two-bytes!'
const USER = 'user-1001'
const toUser = { to: { user: USER }, title: 'Order shipped' }
/** Of use now or never. */
const nowOrNever = { ...toUser, store: false }
const toTopic = { ...toUser, to: { topic: 'orders' } }

type Hub = Awaited<ReturnType<typeof startHub>>

async function startHub(config: Partial<WebSocketConfigInput>) {
  const clock = new FakeClock()
  const driver = websocket({ jwt: { keys: [KEY] }, ...config }, { clock })
  const audience = await startFakeAudience()
  const { url, port } = await driver.listen()
  const join = (user = USER, channels: readonly string[] = [], at = url) =>
    audience.join(at, { token: driver.issueToken({ user, channels }) })
  return { clock, driver, audience, url, port, join, proxies: [] as FaultProxy[] }
}

/** A device that has never been here, and asks for all that its channels keep. */
const returning = ({ audience, url, driver }: Hub) =>
  audience.join(url, {
    token: driver.issueToken({ user: USER, channels: ['orders'] }),
    positions: { orders: { offset: 0, epoch: '' } },
  })

interface Staging {
  readonly config?: Partial<WebSocketConfigInput>
  readonly message?: object
  /** What happens before the send. Messages that went out until then do not count. */
  readonly arrange?: (hub: Hub) => unknown
  /** What happens beside the send. */
  readonly meanwhile?: (hub: Hub) => unknown
  readonly ending?: (hub: Hub) => Ending
  /** After the send, when those who were here have gone, the user comes back; what that device is sent counts too. */
  readonly returns?: true
}

async function staged(staging: Staging): Promise<Scene> {
  const { config = {}, message = toUser, arrange, meanwhile, ending, returns } = staging
  const hub = await startHub(config)
  const { driver, audience, proxies } = hub
  await arrange?.(hub)
  const before = audience.accepted.length
  void meanwhile?.(hub)
  return {
    driver,
    message,
    ending: ending?.(hub),
    accepted: async () => {
      // A dead line never comes back.
      for (const proxy of proxies) await proxy[Symbol.asyncDispose]()
      // Closing a device reads what was written to it before.
      await audience.close()
      if (returns) await (await returning(hub)).settled()
      return audience.accepted.length - before
    },
    close: () => audience.close(),
  }
}

/** A device whose line goes dead without a word. */
async function joinOnDeadLine(hub: Hub) {
  const proxy = await startFaultProxy(hub.port)
  await hub.join(USER, [], `ws://127.0.0.1:${proxy.port}/push`)
  proxy.blackhole()
  hub.proxies.push(proxy)
}

/** Longer than `pingMs` and `pongMs` together. */
const missHeartbeat = ({ clock }: Hub) => clock.advance(60_000)

async function missDeadLine(hub: Hub) {
  await joinOnDeadLine(hub)
  await missHeartbeat(hub)
}

async function joinAndDisconnect({ join, driver }: Hub) {
  await join()
  await driver.disconnect({ user: USER })
}

/** Sockets of a server that is ours can be destroyed in the very turn of the send. */
async function stageDestroyedSocket(message: object): Promise<Scene> {
  const server = createServer()
  const sockets: Duplex[] = []
  const driver = websocket({ jwt: { keys: [KEY] } })
  driver.attach(server)
  server.on('upgrade', (_request, socket) => sockets.push(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const audience = await startFakeAudience()
  const { port } = server.address() as AddressInfo
  const join = () =>
    audience.join(`ws://127.0.0.1:${port}/push`, { token: driver.issueToken({ user: USER }) })
  await join()
  sockets[0]?.destroy()
  return {
    driver,
    message,
    accepted: async () => {
      await audience.close()
      await (await join()).settled()
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

/** Resolves when the send waits for the time to pass, as for an acknowledgement. */
async function waiting({ clock }: Hub): Promise<void> {
  const before = clock.pending
  while (clock.pending === before) await new Promise((resolve) => setImmediate(resolve))
}

/** As long as an acknowledgement is waited for. */
const waitInVain = async (hub: Hub) => {
  await waiting(hub)
  await hub.clock.advance(5_000)
}

const stagings: Readonly<Record<string, Staging>> = {
  'nothing goes wrong': { arrange: ({ join }) => join() },
  'nobody is connected': { returns: true },
  'nobody is connected, and it is not to be stored': { message: nowOrNever, returns: true },
  'only somebody else is connected': { arrange: ({ join }) => join('user-2002'), returns: true },
  'the device left': { arrange: async ({ join }) => (await join()).close(), returns: true },
  'one of two devices left': { arrange: joinTwoAndLeaveOne },
  'a device reads again only after the send': { arrange: async ({ join }) => (await join()).stopReading() },
  'the line is dead, and the heartbeat has not missed it yet': { arrange: joinOnDeadLine, returns: true },
  'the line is dead and the heartbeat missed it': { arrange: missDeadLine, returns: true },
  'the line is dead and the heartbeat missed it, not to be stored': {
    message: nowOrNever,
    arrange: missDeadLine,
    returns: true,
  },
  'the device answered no ping': {
    arrange: async (hub) => {
      ;(await hub.join()).stopPonging()
      await missHeartbeat(hub)
    },
    returns: true,
  },
  'the user was disconnected in this very turn': { arrange: joinAndDisconnect, returns: true },
  'the user was disconnected in this very turn, not to be stored': {
    message: nowOrNever,
    arrange: joinAndDisconnect,
    returns: true,
  },
  'the device was refused: token of a stranger': {
    arrange: ({ audience, url }) => audience.join(url, { token: 'a.b.c' }).catch(() => undefined),
    returns: true,
  },
  'it is to be acknowledged, and the device does so': {
    message: { ...toUser, confirm: 'ack' },
    arrange: ({ audience, url, driver }) =>
      audience.join(url, { token: driver.issueToken({ user: USER }), autoAck: true }),
  },
  'it is to be acknowledged, and nobody is connected': {
    message: { ...toUser, confirm: 'ack' },
    meanwhile: waitInVain,
    returns: true,
  },
  'it is to be acknowledged, and the line is dead': {
    message: { ...toUser, confirm: 'ack' },
    arrange: joinOnDeadLine,
    meanwhile: waitInVain,
    returns: true,
  },
  'it is to be acknowledged, and the attempt takes too long': {
    message: { ...toUser, confirm: 'ack' },
    arrange: joinOnDeadLine,
    ending: (hub) => ({ after: waiting(hub), by: 'attempt' }),
    returns: true,
  },
  'it is to be acknowledged, and the caller gives up': {
    message: { ...toUser, confirm: 'ack' },
    ending: (hub) => ({ after: waiting(hub), by: 'caller' }),
    returns: true,
  },
  'topic without subscribers': { message: toTopic, arrange: ({ join }) => join(), returns: true },
  'topic without subscribers, which keeps a history': {
    config: { namespaces: { orders: { history: { size: 10, ttlMs: 60_000 } } } },
    message: toTopic,
    arrange: ({ join }) => join(),
    returns: true,
  },
  'topic with a subscriber': { message: toTopic, arrange: ({ join }) => join(USER, ['orders']) },
  'topic that keeps nothing, and the message is to be stored': {
    message: { ...toTopic, store: true },
    arrange: ({ join }) => join(USER, ['orders']),
    returns: true,
  },
  'to everyone, and nobody is there': { message: { ...toUser, to: { all: true } }, returns: true },
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
  {
    channel: 'websocket',
    fault: 'the socket was destroyed in this very turn',
    stage: () => stageDestroyedSocket(toUser),
  },
  {
    channel: 'websocket',
    fault: 'the socket was destroyed in this very turn, not to be stored',
    stage: () => stageDestroyedSocket(nowOrNever),
  },
  { channel: 'websocket', fault: 'the hub serves nobody yet', stage: stageNotServing },
]
