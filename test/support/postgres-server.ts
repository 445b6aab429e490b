/** A real PostgreSQL on a random port of 127.0.0.1, which dies with the process that started it. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { freePort, GUARD } from './own-server.ts'

export interface PostgresServer {
  readonly port: number
  /** Such as `postgres://postgres@127.0.0.1:5432/postgres`. */
  readonly url: string
  /** Ends it at once, as a crash does. */
  kill(): Promise<void>
  /** Ends it where it runs, and starts it again on its port, with what it keeps. */
  restart(): Promise<void>
  /** Ends it, and leaves nothing behind. */
  stop(): Promise<void>
}

/** Where Debian has its versions. */
const VERSIONS = '/usr/lib/postgresql'
const TRIES = 50

/** Such as `postgres (PostgreSQL) 15.14`; nothing where there is none. */
export function findPostgres(): string | undefined {
  const { stdout, status } = spawnSync(join(folderOfPrograms(), 'postgres'), ['--version'], {
    encoding: 'utf8',
  })
  return status === 0 && hasInitdb() ? stdout.trim() : undefined
}

/** The newest version of Debian's; empty where the programs are in the path. */
function folderOfPrograms(): string {
  if (!existsSync(VERSIONS)) return ''
  const versions = readdirSync(VERSIONS).sort((a, b) => Number(b) - Number(a))
  const [newest] = versions
    .map((version) => join(VERSIONS, version, 'bin'))
    .filter((at) => existsSync(join(at, 'initdb')))
  return newest ?? ''
}

const hasInitdb = () => spawnSync(join(folderOfPrograms(), 'initdb'), ['--version']).status === 0

/** Starts one with further settings, such as `fsync=off`. */
export async function startPostgres(...settings: readonly string[]): Promise<PostgresServer> {
  if (findPostgres() === undefined)
    throw new Error('There is no PostgreSQL; `npx tsx scripts/install-services.ts` installs it')
  const folder = await mkdtemp(join(tmpdir(), 'notiwire-postgres-'))
  const owner = ownerOf(folder)
  const { status, stderr } = spawnSync(
    join(folderOfPrograms(), 'initdb'),
    [
      '--pgdata',
      folder,
      '--username',
      'postgres',
      '--auth',
      'trust',
      '--encoding',
      'UTF8',
      '--no-locale',
      '--no-sync',
    ],
    { encoding: 'utf8', cwd: '/', ...owner },
  )
  if (status !== 0) throw new Error(`initdb failed: ${stderr}`)
  const port = await freePort()
  const start = () => launch(folder, port, settings, owner)
  return serverOf(port, await start(), start, folder)
}

type Owner = Readonly<{ uid?: number; gid?: number }>

/** PostgreSQL does not run as root. */
function ownerOf(folder: string): Owner {
  if (process.getuid?.() !== 0) return {}
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
  const [, , uid, gid] =
    users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody') ?? []
  const owner = { uid: Number(uid), gid: Number(gid) }
  chownSync(folder, owner.uid, owner.gid)
  return owner
}

function serverOf(
  port: number,
  first: ChildProcess,
  start: () => Promise<ChildProcess>,
  folder: string,
): PostgresServer {
  let current = first
  const kill = async () => {
    if (current.exitCode !== null || current.signalCode !== null) return
    const gone = once(current, 'exit')
    current.stdin?.end()
    await gone
  }
  return {
    port,
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    kill,
    restart: async () => {
      await kill()
      current = await startAgain(start)
    },
    stop: async () => {
      await kill()
      await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** What the one before it has left behind goes a little later than it. */
async function startAgain(start: () => Promise<ChildProcess>): Promise<ChildProcess> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await start()
    } catch (cause) {
      if (tries === TRIES || !String(cause).includes('shared memory')) throw cause
    }
  }
}

async function launch(
  folder: string,
  port: number,
  settings: readonly string[],
  owner: Owner,
): Promise<ChildProcess> {
  const all = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'restart_after_crash=off',
    ...settings,
  ]
  const args = ['-D', folder, '-p', String(port), ...all.flatMap((setting) => ['-c', setting])]
  const child = spawn('sh', ['-c', GUARD, 'sh', join(folderOfPrograms(), 'postgres'), ...args], {
    stdio: ['pipe', 'ignore', 'pipe'],
    cwd: '/',
    ...owner,
  })
  const log = await saysReady(child.stderr)
  // What is not read any more would fill the pipe, and stop the server.
  child.stderr.resume()
  if (log === undefined) return child
  child.stdin.end()
  throw new Error(`PostgreSQL did not start: ${log}`)
}

/** @returns what it said instead */
async function saysReady(log: Readable): Promise<string | undefined> {
  const lines: string[] = []
  for await (const line of createInterface(log)) {
    if (line.includes('ready to accept connections')) return undefined
    lines.push(line)
  }
  return lines.join('\n')
}
