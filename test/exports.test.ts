/** What `package.json` promises is what `dist/` holds. Needs `npm run build` (which `npm test` does first). */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire, isBuiltin } from 'node:module'
import { join } from 'node:path'
import { expect as jestExpect } from 'expect'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import manifest from '../package.json' with { type: 'json' }
import type { FakeNotify } from '../src/testing/index.ts'

const ROOT = join(import.meta.dirname, '..')
const require = createRequire(import.meta.url)
const subpaths = Object.entries(manifest.exports).flatMap(([subpath, target]) =>
  typeof target === 'string' ? [] : [{ subpath, ...target }],
)
const declarations = readdirSync(join(ROOT, 'dist'), { recursive: true, encoding: 'utf8' }).filter((file) =>
  /\.d\.c?ts$/.test(file),
)

/** vitest can only be imported, so what extends it can only be imported too. */
const IMPORTED_ONLY = './testing/vitest'

/** Declarations that are made to add to those of a peer, which whoever imports them has. */
const AUGMENTED: Readonly<Record<string, readonly string[]>> = {
  'testing/vitest.d.ts': ['vitest'],
  'testing/vitest.d.cts': ['vitest'],
}

// In jest `expect` is a global, which `./testing/jest` extends.
beforeAll(() => void Object.assign(globalThis, { expect: jestExpect }))
afterAll(() => void Reflect.deleteProperty(globalThis, 'expect'))

describe.each(subpaths)('notiwire$subpath', ({ subpath, import: esm, require: cjs }) => {
  it('has every file it names', () => {
    for (const file of [esm.types, esm.default, cjs.types, cjs.default])
      expect(existsSync(join(ROOT, file)), file).toBe(true)
  })

  if (subpath === IMPORTED_ONLY) return

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

describe('the matchers', () => {
  const built = (file: string) => join(ROOT, 'dist/testing', file)
  const fake = async () => {
    const { fakeNotify } = (await import(join(ROOT, 'dist/testing.js'))) as {
      fakeNotify: (options: object) => FakeNotify<Record<never, never>>
    }
    return fakeNotify({ channels: {} })
  }

  // First, for both runners keep the matchers of a process in one place, where vitest’s wrap ours for itself.
  it.each(['jest.js', 'jest.cjs'])('are in jest’s global expect once testing/%s is loaded', async (file) => {
    const own = jestExpect as unknown as typeof expect
    await (file.endsWith('.cjs') ? (require(built(file)) as Promise<unknown>) : import(built(file)))

    own(await fake()).toHaveSentNothing()
    expect(() => own({}).toHaveSentNothing()).toThrow('this is not it')
  })

  it('are in vitest’s expect once notiwire/testing/vitest is imported', async () => {
    const names = Object.keys((await import(built('vitest.js'))) as object)

    expect(names).toEqual(['notiwireMatchers'])
    expect(await fake()).toHaveSentNothing()
    expect(() => expect({}).toHaveSentNothing()).toThrow('this is not it')
  })

  it('say that vitest cannot be required, where notiwire/testing/vitest is', () => {
    expect(() => require(built('vitest.cjs')) as unknown).toThrow(
      /vitest cannot be imported in a CommonJS module/i,
    )
  })

  it.each(['.js', '.cjs'])('are loaded by notiwire/testing%s without a test runner', (extension) => {
    expect(packagesOf(join(ROOT, `dist/testing${extension}`))).toEqual([])
  })
})

it.each(declarations)('%s mentions no optional peer', (file) => {
  const text = readFileSync(join(ROOT, 'dist', file), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '')
  const mentioned = /(?:\bfrom|\bimport|\bimport\(|\bmodule)\s*['"]([^'"]+)['"]/g
  const imports = [...text.matchAll(mentioned)].map((match) => match[1] ?? '')
  const peers = Object.keys(manifest.peerDependencies)

  expect(
    imports.filter((name) => peers.some((peer) => name === peer || name.startsWith(`${peer}/`))),
  ).toEqual(AUGMENTED[file] ?? [])
})

it('hard-depends on zod alone', () => {
  expect(Object.keys(manifest.dependencies)).toEqual(['zod'])
  expect(Object.keys(manifest.peerDependenciesMeta).sort()).toEqual(
    Object.keys(manifest.peerDependencies).sort(),
  )
})

it('loads no schema library and no module of Node with its root, for both take time', () => {
  expect(packagesOf(join(ROOT, 'dist/index.js'))).toEqual([])
})

/** What a built file and the ones it loads take from outside of the package, as far as they load it at once. */
function packagesOf(entry: string): string[] {
  const seen = new Set<string>()
  const found = new Set<string>()
  const visit = (file: string): void => {
    if (seen.has(file)) return
    seen.add(file)
    const loaded = /(?:\bfrom|\bimport|\brequire\()\s*['"]([^'"]+)['"]/g
    for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(loaded)) {
      if (name.startsWith('.')) visit(join(file, '..', name))
      else if (!isBuiltin(name)) found.add(name)
    }
  }
  visit(entry)
  return [...found]
}

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
