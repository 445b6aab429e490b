/** What a page loads for `import { PushClient } from 'notiwire/websocket/client'`. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { expect, it } from 'vitest'

const SRC = join(import.meta.dirname, '../../../../src/channels/websocket')

async function bundle(names: string, isMinified = true) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: `export { ${names} } from './client.ts'`, resolveDir: SRC },
    ...{ bundle: true, minify: isMinified, format: 'esm', platform: 'browser', target: 'es2022' },
    ...{ write: false, metafile: true },
  })
  return { code: outputFiles[0]?.contents ?? new Uint8Array(), files: Object.keys(metafile.inputs) }
}

it('takes at most 3 kB, minified and compressed, with everything that it falls back to', async () => {
  const { code } = await bundle('PushClient')

  expect(gzipSync(code, { level: 9 }).length).toBeLessThanOrEqual(3_072)
  expect(code.length).toBeGreaterThan(5_000)
})

it('is smaller by far than the official client of the protocol', async () => {
  const official = readFileSync(
    join(import.meta.dirname, '../../../../node_modules/centrifuge/build/index.js'),
  )
  const { code } = await bundle('PushClient')

  expect(gzipSync(code).length * 5).toBeLessThan(gzipSync(official).length)
})

it('consists of nothing but its own files', async () => {
  const { files } = await bundle('PushClient, wechat', false)

  expect(files.filter((file) => !/src\/channels\/websocket\/client(\/[\w-]+)?\.ts$/.test(file))).toEqual([
    '<stdin>',
  ])
})

it('leaves out what only mini-programs need', async () => {
  const { code } = await bundle('PushClient')

  expect(Buffer.from(code).toString()).not.toContain('onNetworkStatusChange')
})
