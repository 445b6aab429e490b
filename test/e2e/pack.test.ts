/** The tarball, installed in an empty folder with one channel's peer: what a user gets. Needs `npm run build`. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { publint } from 'publint'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startFakeSmtp, type FakeSmtp } from '../../src/channels/email/fake.ts'

const run = promisify(execFile)
const ROOT = join(import.meta.dirname, '..', '..')
const TSC = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')

let folder: string
let smtp: FakeSmtp
let tarballBytes = 0

/** An ordinary shell: no npm_* variables of the test's own npm. */
const env = { PATH: process.env['PATH'], HOME: process.env['HOME'] }

async function node(file: string, source: string): Promise<unknown> {
  await writeFile(join(folder, file), source)
  const { stdout } = await run(process.execPath, [file], { cwd: folder, env, timeout: 30_000 })
  return JSON.parse(stdout)
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'notiwire-pack-'))
  smtp = await startFakeSmtp()
  const packed = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
    cwd: ROOT,
    env,
  })
  const { filename } = (JSON.parse(packed.stdout) as [{ filename: string }])[0]
  tarballBytes = (await stat(join(folder, filename))).size
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'consumer', private: true }))
  const installed = ['zod', 'nodemailer'].map((name) => `file:${join(ROOT, 'node_modules', name)}`)
  const flags = ['--offline', '--no-audit', '--no-fund', '--ignore-scripts']
  await run('npm', ['install', ...flags, `./${filename}`, ...installed], { cwd: folder, env })
}, 120_000)

afterAll(async () => {
  await smtp.close()
  await rm(folder, { recursive: true, force: true })
})

const body = () => `
  const { host, port } = ${JSON.stringify({ host: '127.0.0.1', port: smtp.port })}
  const notify = createNotify({ channels: { email: smtp({ host, port, from: 'shop@example.com' }) } })
  const result = await notify.send('email', { to: 'ann@example.com', subject: 'Receipt', text: 'Paid.' })
  await notify.close()
  console.log(JSON.stringify({ status: result.status, provider: result.provider }))`

describe('the package, installed from its tarball', () => {
  it('sends from an ES module, and the process exits by itself', async () => {
    const source = `import { createNotify } from 'notiwire'\nimport { smtp } from 'notiwire/email'\n${body()}`

    expect(await node('esm.mjs', source)).toEqual({ status: 'sent', provider: 'smtp' })
  })

  it('sends from CommonJS, and the process exits by itself', async () => {
    const head = `const { createNotify } = require('notiwire')\nconst { smtp } = require('notiwire/email')\n`

    expect(await node('cjs.cjs', `${head}async function main() {${body()}}\nmain()`)).toEqual({
      status: 'sent',
      provider: 'smtp',
    })
  })

  it('says in one line what to install where a channel’s peer is missing', async () => {
    const source = `
      import { createNotify } from 'notiwire'
      import { miniProgram } from 'notiwire/wechat'
      const wechat = miniProgram({ appId: 'wx0000000000000001', appSecret: 's'.repeat(32) })
      const notify = createNotify({ channels: { wechat } })
      const { error } = (await notify.verify()).wechat
      await notify.close()
      console.log(JSON.stringify({ code: error.code, message: error.message }))`

    expect(await node('missing.mjs', source)).toEqual({
      code: 'INVALID_CONFIG',
      message: 'The package "axios" is not installed; run: npm install axios',
    })
  })

  it('mixes ES module and CommonJS copies of itself', async () => {
    const source = `
      import { createRequire } from 'node:module'
      import { createNotify, NotifyError } from 'notiwire'
      const { smtp } = createRequire(import.meta.url)('notiwire/email')
      const notify = createNotify({ channels: { email: smtp({ host: '127.0.0.1', port: 9, from: 'shop@example.com' }) } })
      const result = await notify.send('email', { to: 'ann@example.com', subject: 'x', text: 'y' })
      await notify.close()
      console.log(JSON.stringify({ known: NotifyError.isNotifyError(result.error), code: result.error.code, delivery: result.error.delivery }))`

    expect(await node('mixed.mjs', source)).toEqual({
      known: true,
      code: 'UNAVAILABLE',
      delivery: 'not_sent',
    })
  })

  it.each([
    ['node16', 'node16'],
    ['bundler', 'esnext'],
  ])(
    'type-checks in a consumer with moduleResolution %s, no other peer installed',
    async (moduleResolution, module) => {
      const source = `
      import { createNotify, type SendResult } from 'notiwire'
      import { apns, fromNodeApn } from 'notiwire/apns'
      import { smtp } from 'notiwire/email'
      import { startFakeSmtp } from 'notiwire/email/fake'
      import { aliyun } from 'notiwire/sms'
      import { openTelemetry } from 'notiwire/opentelemetry'
      import { redisIdempotency, redisLimits, redisSuppressions } from 'notiwire/redis'
      import { describeNotifier, FakeClock, fakeNotify } from 'notiwire/testing'
      import { websocket } from 'notiwire/websocket'
      import { miniProgram, officialAccount } from 'notiwire/wechat'
      export const factories = [apns, fromNodeApn, aliyun, websocket, miniProgram, officialAccount]
      export const tools = [startFakeSmtp, describeNotifier, FakeClock, fakeNotify, openTelemetry]
      export const stores = [redisIdempotency, redisLimits, redisSuppressions]
      const notify = createNotify({ channels: { email: smtp({ host: 'smtp.example.com', from: 'shop@example.com' }) } })
      export const sent: Promise<SendResult> = notify.send('email', { to: 'ann@example.com', subject: 's', text: 't' })
      // @ts-expect-error a misspelt channel does not compile
      void notify.send('emial', { to: 'ann@example.com', subject: 's', text: 't' })
      // @ts-expect-error a misspelt field does not compile
      void notify.send('email', { too: 'ann@example.com', subject: 's', text: 't' })`
      const project = `tsconfig.${moduleResolution}.json`
      const typeRoots = [join(ROOT, 'node_modules', '@types')]
      const compilerOptions = {
        module,
        moduleResolution,
        target: 'es2022',
        lib: ['es2022'],
        strict: true,
        noEmit: true,
        typeRoots,
        types: ['node'],
      }
      await writeFile(join(folder, 'consumer.mts'), source)
      await writeFile(join(folder, project), JSON.stringify({ compilerOptions, files: ['consumer.mts'] }))

      const checked = run(process.execPath, [TSC, '-p', project], { cwd: folder, env }).then(
        () => '',
        (failure: { stdout: string }) => failure.stdout,
      )

      expect(await checked).toBe('')
    },
    60_000,
  )

  it('is packed as publint wants it', async () => {
    const { messages } = await publint({ pkgDir: join(folder, 'node_modules', 'notiwire'), pack: false })

    expect(messages.map(({ code, path }) => `${code} ${path.join('.')}`)).toEqual([])
  })

  it('weighs less than a megabyte and a third, the sandbox and the command line with their libraries included', () => {
    expect(tarballBytes).toBeLessThan(1_333_000)
  })
})
