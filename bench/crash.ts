/**
 * Kills processes in the middle of 20,000 enqueues and of their deliveries, and counts what is lost, doubled or stuck, against
 * what the parent saw acknowledged and what an SMTP server received. `--json` prints it for machines; `--count=2000` and
 * `--engines=embedded,redis` make it short.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startPostgres } from '../test/support/postgres-server.ts'
import { startRedis } from '../test/support/redis-server.ts'
import { CrashRun, type Subject, type Tally } from './crash/run.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    count: { type: 'string', default: '20000' },
    engines: { type: 'string', default: 'embedded,embedded-thread,redis,postgres' },
  },
})

const engines: Readonly<Record<string, (run: (subject: Subject) => Promise<Tally>) => Promise<Tally>>> = {
  embedded: (run) =>
    withFile((file) => run({ engine: 'embedded', spec: { kind: 'embedded', file, thread: false } })),
  'embedded-thread': (run) =>
    withFile((file) => run({ engine: 'embedded-thread', spec: { kind: 'embedded', file, thread: true } })),
  redis: async (run) => {
    const server = await startRedis('--appendonly', 'yes', '--appendfsync', 'always')
    const url = `redis://127.0.0.1:${server.port}`
    const crashServer = () => server.restart()
    try {
      return await run({ engine: 'redis', spec: { kind: 'redis', url }, crashServer })
    } finally {
      await server.stop()
    }
  },
  postgres: async (run) => {
    const server = await startPostgres()
    const crashServer = () => server.restart()
    try {
      return await run({ engine: 'postgres', spec: { kind: 'postgres', url: server.url }, crashServer })
    } finally {
      await server.stop()
    }
  },
}

async function withFile(run: (file: string) => Promise<Tally>): Promise<Tally> {
  const folder = await mkdtemp(join(tmpdir(), 'notiwire-crash-'))
  try {
    return await run(join(folder, 'notify.db'))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const tallies: Tally[] = []
for (const name of values.engines.split(',')) {
  const engine = engines[name]
  if (!engine) throw new Error(`There is no engine ${name}; there are ${Object.keys(engines).join(', ')}`)
  const tally = await engine((subject) => new CrashRun(subject, Number(values.count)).run())
  tallies.push(tally)
  if (!values.json) console.table([tally])
}
if (values.json) console.log(JSON.stringify({ engines: tallies }))

const isWhole = ({ lost, stuck, duplicated, inFlightAtMost }: Tally) =>
  lost === 0 && stuck === 0 && duplicated <= inFlightAtMost
if (!tallies.every(isWhole)) process.exitCode = 1
