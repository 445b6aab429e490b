/** What `package.json` promises is what `dist/` holds. Needs `npm run build` (which `npm test` does first). */
import { isBuiltin } from 'node:module'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import manifest from '../package.json' with { type: 'json' }

const ROOT = join(import.meta.dirname, '..')
const require = createRequire(import.meta.url)
const subpaths = Object.entries(manifest.exports).flatMap(([subpath, target]) =>
  typeof target === 'string' ? [] : [{ subpath, ...target }],
)
const declarations = readdirSync(join(ROOT, 'dist'), { recursive: true, encoding: 'utf8' }).filter((file) =>
  /\.d\.c?ts$/.test(file),
)

describe.each(subpaths)('notiwire$subpath', ({ import: esm, require: cjs }) => {
  it('has every file it names', () => {
    for (const file of [esm.types, esm.default, cjs.types, cjs.default])
      expect(existsSync(join(ROOT, file)), file).toBe(true)
  })

  it('gives the same names to import and to require', async () => {
    const imported = (await import(join(ROOT, esm.default))) as object
    const required = require(join(ROOT, cjs.default)) as object

    expect(Object.keys(imported).sort()).toEqual(
      Object.keys(required)
        .filter((name) => name !== '__esModule')
        .sort(),
    )
    expect(Object.keys(imported).length).toBeGreaterThan(0)
  })
})

it.each(declarations)('%s mentions no optional peer', (file) => {
  const text = readFileSync(join(ROOT, 'dist', file), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '')
  const imports = [...text.matchAll(/(?:from|import\()\s*['"]([^'"]+)['"]/g)].map((match) => match[1] ?? '')
  const peers = Object.keys(manifest.peerDependencies)

  expect(
    imports.filter((name) => peers.some((peer) => name === peer || name.startsWith(`${peer}/`))),
  ).toEqual([])
})

it('hard-depends on zod alone', () => {
  expect(Object.keys(manifest.dependencies)).toEqual(['zod'])
  expect(Object.keys(manifest.peerDependenciesMeta).sort()).toEqual(
    Object.keys(manifest.peerDependencies).sort(),
  )
})

it('loads no schema library with its root', () => {
  const seen = new Set<string>()
  const visit = (file: string): void => {
    if (seen.has(file)) return
    seen.add(file)
    for (const match of readFileSync(file, 'utf8').matchAll(/from\s*['"]([^'"]+)['"]/g)) {
      const name = match[1] ?? ''
      if (name.startsWith('.')) visit(join(file, '..', name))
      else if (!isBuiltin(name)) expect.fail(`${file} imports ${name}`)
    }
  }
  visit(join(ROOT, 'dist/index.js'))
})

it('keeps host names out of the lock file, and misses no platform’s package', () => {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { resolved?: string; optionalDependencies?: Record<string, string> }>
  }
  const resolvable = (from: string, name: string): boolean => {
    const nested = from === '' ? `node_modules/${name}` : `${from}/node_modules/${name}`
    if (lock.packages[nested]) return true
    const cut = from.lastIndexOf('/node_modules/')
    return from !== '' && resolvable(cut < 0 ? '' : from.slice(0, cut), name)
  }
  for (const [path, entry] of Object.entries(lock.packages)) {
    expect(entry.resolved, path).toBeUndefined()
    for (const name of Object.keys(entry.optionalDependencies ?? {}))
      expect(resolvable(path, name), `${path} -> ${name}`).toBe(true)
  }
})
