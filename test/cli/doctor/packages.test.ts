import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, it } from 'vitest'
import manifest from '../../../package.json' with { type: 'json' }
import type { Examination } from '../../../src/cli/doctor/examine.ts'
import { finding } from './support.ts'

const SOURCE = join(import.meta.dirname, '..', '..', '..', 'src')

/** Examines a driver of each provider that loads a package. The addresses are of nobody who listens. */
const PROGRAM = `
import { SmtpDriver } from '${SOURCE}/channels/email/driver.ts'
import { AliyunDriver } from '${SOURCE}/channels/sms/aliyun-driver.ts'
import { miniProgram } from '${SOURCE}/channels/wechat/mini-program.ts'
import { systemClock } from '${SOURCE}/core/clock.ts'
import { examine } from '${SOURCE}/cli/doctor/examine.ts'
import { createServer } from 'node:http'

const server = createServer((_, response) => response.end())
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const { port } = server.address()
const endpoint = 'http://127.0.0.1:' + port
const channels = {
  email: new SmtpDriver({ host: '127.0.0.1', port }),
  sms: new AliyunDriver({ accessKeyId: 'id', accessKeySecret: 'secret', endpoint }),
  wechat: miniProgram({ appId: 'wx' + '0'.repeat(16), appSecret: 's'.repeat(32), endpoint }),
}
console.log(JSON.stringify(await examine(channels, { clock: systemClock, timeoutMs: 2000 })))
process.exit()
`

let folder = ''
let program = ''

/** A copy of the package as it is installed: its package.json, and what was built, with no peer beside it. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'notiwire-doctor-'))
  program = join(folder, 'dist', 'program.mjs')
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest))
  await build({
    ...{ stdin: { contents: PROGRAM, resolveDir: SOURCE, loader: 'ts' }, outfile: program, bundle: true },
    ...{ platform: 'node', format: 'esm', logLevel: 'error', alias: {} },
    external: Object.keys(manifest.peerDependencies),
  })
})

afterAll(() => rm(folder, { recursive: true, force: true }))

async function examined(): Promise<Record<string, Examination>> {
  const { stdout } = await promisify(execFile)(process.execPath, [program], { cwd: folder })
  const all = JSON.parse(stdout) as Examination[]
  return Object.fromEntries(all.map((examination) => [examination.channel, examination]))
}

it('finds every package that is missing, and says what to install', async () => {
  const { email, sms, wechat } = await examined()
  const peers = manifest.peerDependencies

  for (const [examination, name] of [
    [email, 'nodemailer'],
    [sms, '@alicloud/dysmsapi20170525'],
    [wechat, 'axios'],
  ] as const) {
    expect(examination && finding(examination, 'package')).toEqual({
      ...{ name: 'package', status: 'failed', code: 'INVALID_CONFIG' },
      message: `the package ${name} is not installed`,
      fix: `Run: npm install "${name}@${peers[name]}"`,
    })
    expect(examination && finding(examination, 'credentials')).toMatchObject({ status: 'skipped' })
  }
})

it('finds a version that is out of range', async () => {
  const axios = join(folder, 'node_modules', 'axios')
  await mkdir(axios, { recursive: true })
  await writeFile(
    join(axios, 'package.json'),
    JSON.stringify({ name: 'axios', version: '0.27.2', main: 'a.js' }),
  )
  await writeFile(
    join(axios, 'a.js'),
    'exports.create = () => ({ request: async () => ({ status: 200, data: "" }) })',
  )

  const { wechat } = await examined()

  expect(wechat && finding(wechat, 'package')).toEqual({
    ...{ name: 'package', status: 'warning' },
    message: `axios 0.27.2 is installed; notiwire is tested with ${manifest.peerDependencies.axios}`,
    fix: `Run: npm install "axios@${manifest.peerDependencies.axios}"`,
  })
})
