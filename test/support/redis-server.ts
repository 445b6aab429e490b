/** A real redis-server on a random port of 127.0.0.1, which dies with the process that started it. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { freePort, GUARD } from './own-server.ts'

export interface RedisServer {
  readonly port: number
  /** Ends it at once, as a crash does. */
  kill(): Promise<void>
  /** Ends it, and starts it again on its port, with nothing in it. */
  restart(): Promise<void>
  /** Ends it, and leaves nothing behind. */
  stop(): Promise<void>
}

const NAMES = ['redis-server', 'valkey-server']
const TRIES = 5

/** Such as `redis-server 7.0.15`; nothing where there is none. */
export function findRedisServer(): string | undefined {
  for (const name of NAMES) {
    const { stdout, status } = spawnSync(name, ['--version'], { encoding: 'utf8' })
    if (status === 0) return `${name} ${/v=(\S+)/.exec(stdout)?.[1] ?? ''}`
  }
  return undefined
}

/** Starts one that keeps nothing on the disk, with further options. */
export async function startRedis(...options: readonly string[]): Promise<RedisServer> {
  const [name] = findRedisServer()?.split(' ') ?? []
  if (name === undefined)
    throw new Error('There is no redis-server; `npx tsx scripts/install-services.ts` installs it')
  const folder = await mkdtemp(join(tmpdir(), 'notiwire-redis-'))
  for (let tries = 1; ; tries += 1) {
    const port = await freePort()
    const start = () => launch(name, ['--port', String(port), '--dir', folder, ...options])
    const process = await start()
    if (process) return serverOf({ port, process, start, folder })
    if (tries === TRIES) throw new Error(`redis-server did not start on ${TRIES} ports`)
  }
}

interface Running {
  readonly port: number
  readonly process: ChildProcess
  readonly start: () => Promise<ChildProcess | undefined>
  readonly folder: string
}

function serverOf({ port, process, start, folder }: Running): RedisServer {
  let current = process
  const kill = async () => {
    if (current.exitCode !== null) return
    const gone = once(current, 'exit')
    current.stdin?.end()
    await gone
  }
  return {
    port,
    kill,
    restart: async () => {
      await kill()
      const next = await start()
      if (!next) throw new Error('redis-server did not start again on its port')
      current = next
    },
    stop: async () => {
      await kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Nothing where it ends before it is ready, because another has taken the port. */
async function launch(name: string, options: readonly string[]): Promise<ChildProcess | undefined> {
  // By default Redis looks every 100 ms only at who has waited long enough.
  const fixed = ['--hz', '500', '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--logfile', '']
  const child = spawn('sh', ['-c', GUARD, 'sh', name, ...fixed, ...options], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const isReady = await saysReady(child.stdout)
  // What is not read any more would fill the pipe, and stop the server.
  child.stdout.resume()
  if (isReady) return child
  child.stdin.end()
  await once(child, 'exit')
  return undefined
}

async function saysReady(log: Readable): Promise<boolean> {
  for await (const line of createInterface(log)) {
    if (line.includes('Ready to accept connections')) return true
    if (line.includes('Failed listening on port')) return false
  }
  return false
}
