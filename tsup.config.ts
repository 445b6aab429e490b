import { defineConfig, type Options } from 'tsup'
import manifest from './package.json' with { type: 'json' }

/** Parts of the package that are no channels. */
const APART = ['testing', 'redis', 'opentelemetry', 'outbox', 'sandbox']

/** `./email/fake` is built from `src/channels/email/fake.ts`, `./testing` from `src/testing/index.ts`. */
const entry = Object.fromEntries(
  Object.keys(manifest.exports)
    .filter((subpath) => subpath !== './package.json')
    .map((subpath) => [outputOf(subpath), sourceOf(subpath)]),
)

/** The client runs in browsers, which load it as it is: one file, and small. The sandbox brings its libraries along. */
const { 'websocket/client': client = '', sandbox = '', ...server } = entry

const common = { format: ['esm', 'cjs'], sourcemap: false, outDir: 'dist' } satisfies Options

/** What the sandbox and the command line need, so that `npx notiwire dev` needs nothing installed beside the package. */
const BUNDLED = ['zod', 'smtp-server', 'nodemailer', 'postal-mime', 'ws', 'commander', 'csv-parse']

/** CommonJS packages in an ES module ask for Node's own parts by `require`. */
const REQUIRE = `import { createRequire as notiwireRequire } from 'node:module';const require = notiwireRequire(import.meta.url);`

/** The sandbox is one ES module, whoever loads it: from CommonJS by `import()`. */
const sandboxApart = {
  name: 'sandbox-apart',
  setup: (build) => {
    build.onResolve({ filter: /\/sandbox\.ts$/ }, () => ({ path: './sandbox.js', external: true }))
  },
} satisfies NonNullable<Options['esbuildPlugins']>[number]

const whole = {
  ...common,
  format: ['esm'],
  splitting: true,
  shims: true,
  target: 'node20',
  noExternal: BUNDLED,
  minify: true,
  // Only of `ws`: faster where they are installed.
  external: ['bufferutil', 'utf-8-validate'],
  esbuildOptions: (options) => {
    options.banner = { js: REQUIRE }
    options.chunkNames = 'sandbox-[hash]'
  },
} satisfies Options

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
    clean: ['**/*', '!websocket/client.*', '!sandbox*', '!cli.*', '!inbox/**'],
    target: 'node20',
    // zod loads 64 locales that nobody reads; see docs/decisions/0004-zod-is-bundled.md.
    noExternal: ['zod'],
    esbuildPlugins: [sandboxApart],
  },
  { ...common, entry: { 'websocket/client': client }, splitting: false, minify: true, target: 'es2022' },
  { ...whole, entry: { sandbox, cli: 'src/cli/main.ts' } },
  {
    ...common,
    entry: { sandbox: 'src/sandbox/required.ts' },
    format: ['cjs'],
    splitting: false,
    esbuildPlugins: [sandboxApart],
  },
  {
    entry: { 'inbox/app': 'src/inbox-page/main.tsx' },
    format: ['esm'],
    outDir: 'dist',
    minify: true,
    splitting: false,
    target: 'es2022',
    platform: 'browser',
    noExternal: ['preact'],
    esbuildOptions: (options) => {
      options.jsx = 'automatic'
      options.jsxImportSource = 'preact'
    },
  },
])

function outputOf(subpath: string): string {
  return subpath === '.' ? 'index' : subpath.slice(2)
}

function sourceOf(subpath: string): string {
  if (subpath === '.') return 'src/index.ts'
  const [name = '', part = 'index'] = subpath.slice(2).split('/')
  return APART.includes(name) ? `src/${name}/${part}.ts` : `src/channels/${name}/${part}.ts`
}
