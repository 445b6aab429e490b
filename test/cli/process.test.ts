/** The built command line in processes of its own: killed, interrupted, and left by its reader. Needs `npm run build`. */
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { startFakeSmtp, type FakeSmtp } from '../../src/channels/email/fake.ts'
import { CLI, linesIn, start, tempFolder, until, type Folder } from './support.ts'

// A process takes long to start on a machine that has much to do.
vi.setConfig({ testTimeout: 120_000 })

const COUNT = 400
const addressOf = (index: number) => `user${index}@example.com`
const ARGS = ['send', 'email', '-f', 'list.ndjson', '-o', 'results.ndjson', '--concurrency', '20']

function prepared(folder: Folder, { port }: FakeSmtp) {
  const lines = Array.from({ length: COUNT }, (_, index) =>
    JSON.stringify({ to: addressOf(index), subject: 'News', text: 'What is new.' }),
  )
  folder.write('list.ndjson', lines.join('\n'))
  return { cwd: folder.path, env: { NOTIWIRE_EMAIL: `smtp://127.0.0.1:${port}?from=shop@example.com` } }
}

const received = ({ accepted }: FakeSmtp) => accepted.flatMap(({ to }) => to)

it('sends each message once at most though it is killed, and says which ones nobody knows of', async () => {
  using folder = tempFolder()
  await using smtp = await startFakeSmtp()
  const options = prepared(folder, smtp)

  const killed = start(ARGS, options)
  await until(() => smtp.accepted.length > 50)
  killed.child.kill('SIGKILL')
  await killed.ended
  const resumed = await start([...ARGS, '--resume', 'results.ndjson'], options).ended

  const addresses = received(smtp)
  expect(new Set(addresses).size).toBe(addresses.length)
  const unknown = linesIn(folder.read('results.ndjson')).filter(({ code }) => code === 'ABORTED')
  const missing = Array.from({ length: COUNT }, (_, index) => index).filter(
    (index) => !addresses.includes(addressOf(index)),
  )
  expect(unknown.map(({ index }) => index)).toEqual(expect.arrayContaining(missing))
  expect(unknown.length).toBeLessThanOrEqual(60)
  expect(resumed).toMatchObject({ code: unknown.length > 0 ? 1 : 0 })

  const last = await start([...ARGS, '--resume', 'results.ndjson', '--resend-unknown'], options).ended

  expect(last.code).toBe(0)
  expect(new Set(received(smtp)).size).toBe(COUNT)
})

it('ends what is under way on SIGINT, and goes on without sending anything twice', async () => {
  using folder = tempFolder()
  await using smtp = await startFakeSmtp()
  const options = prepared(folder, smtp)

  const interrupted = start(ARGS, options)
  await until(() => smtp.accepted.length > 20)
  interrupted.child.kill('SIGINT')
  const first = await interrupted.ended
  const second = await start([...ARGS, '--resume', 'results.ndjson'], options).ended

  expect(first).toMatchObject({ code: 130 })
  expect(first.stderr).toContain(
    'to go on: the same command with --resume results.ndjson --out results.ndjson',
  )
  expect(second).toMatchObject({ code: 0 })
  expect(received(smtp).sort()).toEqual(Array.from({ length: COUNT }, (_, index) => addressOf(index)).sort())
})

it('stops when nobody reads its results any more', async () => {
  using folder = tempFolder()
  await using smtp = await startFakeSmtp()
  const { cwd, env } = prepared(folder, smtp)
  const command = `"${process.execPath}" "${CLI}" send email -f list.ndjson --concurrency 2 | head -n 1`

  const shown = await new Promise<string>((resolve) => {
    execFile('sh', ['-c', command], { cwd, env: { ...process.env, ...env } }, (_, stdout) => resolve(stdout))
  })

  expect(linesIn(shown)).toMatchObject([{ status: 'sent' }])
  expect(smtp.accepted.length).toBeLessThan(COUNT)
})

it('checks messages of two hundred megabytes without keeping them', async () => {
  using folder = tempFolder()
  const row = `someone@example.com,News,${'x'.repeat(8000)}\n`
  folder.write('list.csv', `to,subject,text\n${row.repeat(25_000)}`)
  folder.write(
    'measure.mjs',
    `process.on('exit', () => process.stderr.write('rss ' + process.resourceUsage().maxRSS + '\\n'))`,
  )
  const env = {
    NOTIWIRE_EMAIL: 'smtp://127.0.0.1:1?from=shop@example.com',
    NODE_OPTIONS: `--max-old-space-size=96 --import=${join(folder.path, 'measure.mjs')}`,
  }
  const args = ['send', 'email', '-f', 'list.csv', '--dry-run', '-o', 'results.ndjson']

  const ran = await start(args, { cwd: folder.path, env }).ended

  expect(ran).toMatchObject({ code: 0 })
  expect(ran.stderr).toContain('25000 valid')
  expect(Number(/rss (\d+)/.exec(ran.stderr)?.[1])).toBeLessThan(300_000)
}, 300_000)

it('reads variables from a file, and answers --version', async () => {
  using folder = tempFolder()
  await using smtp = await startFakeSmtp()
  folder.write('.env', `NOTIWIRE_EMAIL="smtp://127.0.0.1:${smtp.port}?from=shop@example.com"\n`)
  const mail = ['--to', 'ann@example.com', '--subject', 's', '--text', 't']

  const sent = await start(['send', 'email', ...mail, '--env-file', '.env'], { cwd: folder.path }).ended
  const version = await start(['--version']).ended

  expect(sent).toMatchObject({ code: 0, stderr: '' })
  expect(version).toMatchObject({ code: 0, stderr: '' })
  expect(version.stdout.trim()).toBe(
    (JSON.parse(readFileSync(join(CLI, '../../package.json'), 'utf8')) as { version: string }).version,
  )
  expect(existsSync(join(folder.path, 'results.ndjson'))).toBe(false)
})
