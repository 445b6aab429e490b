/**
 * Compiles what is measured, as the package is compiled: tsx gives every function a name of its own when it is made,
 * which takes memory and time for each connection that a user of the package does not see.
 */
import { build } from 'esbuild'
import { join } from 'node:path'

/** Files of compiled JavaScript. */
export interface Built {
  readonly notiwire: Notiwire
  readonly server: string
  readonly load: string
}

/** Where the doors of the package are that is measured. */
export interface Notiwire {
  readonly root: string
  readonly websocket: string
}

/** @param source folder of the checkout that is measured */
export async function buildAll(folder: string, source: string): Promise<Built> {
  const entries = {
    root: join(source, 'src/index.ts'),
    websocket: join(source, 'src/channels/websocket/index.ts'),
    server: join(import.meta.dirname, 'server.ts'),
    load: join(import.meta.dirname, 'load-node.ts'),
  }
  await build({
    entryPoints: entries,
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    ...{ bundle: true, splitting: true, packages: 'external' },
    ...{ format: 'esm', platform: 'node', target: 'node20', logLevel: 'error' },
  })
  const built = (name: keyof typeof entries) => join(folder, `${name}.mjs`)
  const notiwire = { root: built('root'), websocket: built('websocket') }
  return { notiwire, server: built('server'), load: built('load') }
}
