/** The page as the sandbox serves it, built from `src` as tsup builds it. */
import { join } from 'node:path'
import { build } from 'esbuild'

const ENTRY = join(import.meta.dirname, '..', '..', '..', 'src', 'inbox-page', 'main.tsx')

export const PAGE_HTML =
  '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>notiwire inbox</title><link rel="stylesheet" href="/app.css"></head><body><div id="app"></div><script type="module" src="/app.js"></script></body></html>'

export const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}

/** By path. */
export async function buildPage(): Promise<ReadonlyMap<string, string>> {
  const { outputFiles } = await build({
    entryPoints: { app: ENTRY },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    outdir: '/',
    jsx: 'automatic',
    jsxImportSource: 'preact',
  })
  return new Map(outputFiles.map(({ path, text }) => [path, text]))
}
