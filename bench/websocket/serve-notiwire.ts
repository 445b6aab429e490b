/** Ours through its public door: an HTTP server of the bench, clients with tokens, `notify.send` to a topic. */
import { createServer } from 'node:http'
import { pathToFileURL } from 'node:url'
import type { Notiwire } from './build.ts'
import { KEY, QUIET_MS, TOPIC, type Served, type ServeOptions } from './contract.ts'
import { listen } from './listen.ts'

type Root = typeof import('../../src/index.ts')
type Door = typeof import('../../src/channels/websocket/index.ts')
type Driver = ReturnType<Door['websocket']>

const MOST = 65_536

const CONFIG = {
  jwt: { keys: [KEY] },
  pingMs: QUIET_MS,
  // All clients come from one machine, and sooner after one another than users do.
  maxConnectionsPerIp: MOST,
  maxUnauthenticated: MOST,
}

const LATER_CONFIG = { ...CONFIG, connectionsPerSecond: MOST }
const RECOVERY = { namespaces: { [TOPIC]: { history: { size: 100, ttlMs: QUIET_MS } } } }

export async function serveNotiwire({ notiwire, hasRecovery }: ServeOptions): Promise<Served> {
  const { createNotify } = await load<Root>(notiwire.root)
  const driver = await createDriver(notiwire, hasRecovery)
  const notify = createNotify({ channels: { websocket: driver } })
  const server = createServer()
  driver.attach(server)
  const send = (data: object) => notify.send('websocket', { to: { topic: TOPIC }, data })
  return {
    port: await listen(server),
    count: () => driver.connections,
    async broadcast(data, times) {
      const sending = Array.from({ length: times }, () => send(data))
      for (const result of await Promise.all(sending)) {
        // While all clients are away nobody can be told; what a hub keeps for them shows when they are back.
        if (result.status !== 'sent' && driver.connections > 0) throw new Error(JSON.stringify(result))
      }
    },
  }
}

/** Tokens for as many users, one a line. */
export async function issueTokens(notiwire: Notiwire, count: number): Promise<string> {
  const driver = await createDriver(notiwire, false)
  const users = Array.from({ length: count }, (_, at) => `user-${at}`)
  return users.map((user) => `${driver.issueToken({ user, channels: [TOPIC] })}\n`).join('')
}

async function createDriver(notiwire: Notiwire, hasRecovery: boolean): Promise<Driver> {
  const { websocket } = await load<Door>(notiwire.websocket)
  try {
    return websocket({ ...LATER_CONFIG, ...(hasRecovery && RECOVERY) })
  } catch {
    // A checkout from before there were these options.
    return websocket(CONFIG)
  }
}

async function load<Module>(file: string): Promise<Module> {
  return (await import(pathToFileURL(file).href)) as Module
}
