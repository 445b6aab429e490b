/** A program that forgets to close the SDK ends all the same. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'
import { newToken, startBench } from './bench.ts'

const source = (name: string) => JSON.stringify(new URL(`../../../src/${name}`, import.meta.url).href)
const tsx = pathToFileURL(join(process.cwd(), 'node_modules/tsx/dist/loader.mjs')).href

it('lets the process exit by itself with an idle connection open', async () => {
  await using bench = await startBench()
  const file = join(mkdtempSync(join(tmpdir(), 'apns-')), 'program.mts')
  const program = `
    import { apns } from ${source('channels/apns/index.ts')}
    import { createNotify } from ${source('index.ts')}
    const notify = createNotify({ retry: false,
 breaker: false,
 idempotency: false, channels: { apns: apns(${JSON.stringify(bench.fake.config)}) } })
    const result = await notify.send('apns', { to: '${newToken()}', title: 'Parcel' })
    console.log(result.status)
  `
  writeFileSync(file, program)

  const child = spawn(process.execPath, ['--import', tsx, file], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (chunk) => (output += String(chunk)))
  const [code] = (await once(child, 'exit')) as [number]

  expect([code, output.trim()]).toEqual([0, 'sent'])
})
