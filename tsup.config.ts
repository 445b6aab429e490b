import { defineConfig, type Options } from 'tsup'
import manifest from './package.json' with { type: 'json' }

/** Parts of the package that are no channels. */
const APART = ['testing', 'redis', 'opentelemetry', 'outbox']

/** `./email/fake` is built from `src/channels/email/fake.ts`, `./testing` from `src/testing/index.ts`. */
const entry = Object.fromEntries(
  Object.keys(manifest.exports)
    .filter((subpath) => subpath !== './package.json')
    .map((subpath) => [outputOf(subpath), sourceOf(subpath)]),
)

/** Runs in browsers, which load it as it is: one file, and small. */
const { 'websocket/client': client = '', ...server } = entry

const common = { format: ['esm', 'cjs'], sourcemap: false, outDir: 'dist' } satisfies Options

export default defineConfig([
  {
    ...common,
    // The thread of the embedded outbox is loaded as a file of its own.
    entry: { ...server, 'outbox/embedded-thread': 'src/outbox/embedded/thread.ts' },
    // Of all entries: a second build of types would clean away those of the first.
    dts: { entry },
    splitting: true,
    // Where a file is found beside its own: `import.meta.url` in CommonJS too.
    shims: true,
    clean: ['**/*', '!websocket/client.*'],
    target: 'node20',
    // zod loads 64 locales that nobody reads; see docs/decisions/0004-zod-is-bundled.md.
    noExternal: ['zod'],
  },
  { ...common, entry: { 'websocket/client': client }, splitting: false, minify: true, target: 'es2022' },
])

function outputOf(subpath: string): string {
  return subpath === '.' ? 'index' : subpath.slice(2)
}

function sourceOf(subpath: string): string {
  if (subpath === '.') return 'src/index.ts'
  const [name = '', part = 'index'] = subpath.slice(2).split('/')
  return APART.includes(name) ? `src/${name}/${part}.ts` : `src/channels/${name}/${part}.ts`
}
