/** The imports run one way. The table below is the architecture; `docs/architecture.md` draws it. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { describe, expect, it } from 'vitest'

const SRC = join(import.meta.dirname, '..', 'src')

/** Which parts a part may import, besides itself. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  core: [],
  pipeline: ['core'],
  channels: ['core'],
  facade: ['core', 'pipeline'],
  redis: ['core'],
  outbox: ['core'],
  opentelemetry: ['core'],
  testing: ['core', 'facade', 'sandbox'],
  sandbox: ['core', 'facade', 'channels'],
  'inbox-page': ['sandbox'],
  cli: ['core', 'pipeline', 'facade', 'channels', 'outbox', 'redis', 'sandbox'],
  'index.ts': ['core', 'pipeline', 'facade', 'outbox', 'sandbox'],
}

/** Where each third-party package is at home: nothing else may import it. */
const HOME: Record<string, string> = {
  nodemailer: 'channels/email',
  'smtp-server': 'channels/email',
  '@alicloud/dysmsapi20170525': 'channels/sms',
  axios: 'channels/wechat',
  ws: 'channels/websocket',
  '@photostructure/sqlite': 'outbox/embedded',
  bullmq: 'outbox/bullmq',
  ioredis: 'outbox/bullmq',
  pg: 'outbox/bullmq',
  '@opentelemetry/api': 'opentelemetry',
  'postal-mime': 'sandbox',
  preact: 'inbox-page',
  commander: 'cli',
  'csv-parse': 'cli',
  jiti: 'cli',
  vitest: 'testing/vitest',
  expect: 'testing/jest',
}

/** Have what they need built into them: nothing of it is a peer. */
const BROUGHT_ALONG = ['sandbox/', 'cli/', 'inbox-page/']

/** Are imported only by who has loaded the peer already. */
const LOAD_THEIR_PEER = ['testing/vitest.ts', 'opentelemetry/', ...BROUGHT_ALONG]

/** May be imported by every channel, and by no layer below or above. */
const SCHEMA_LIBRARY = 'zod'

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.tsx?$/.test(file) && !file.endsWith('.d.ts'))
  .map((file) => file.split(sep).join('/'))
const sources = new Map(files.map((file) => [file, readFileSync(join(SRC, file), 'utf8')]))

const partOf = (file: string): string => file.split('/')[0] ?? ''
const channelOf = (file: string): string => file.split('/')[1] ?? ''
const sourceOf = (file: string): string => sources.get(file) ?? ''
const codeOf = (file: string): string => sourceOf(file).replace(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*/g, '')

function specifiersOf(file: string): string[] {
  const found = codeOf(file).matchAll(/\bfrom '([^']+)'|\bimport\('([^']+)'\)|^import '([^']+)'/gm)
  return [...found].map((match) => match[1] ?? match[2] ?? match[3] ?? '')
}

function importsOf(file: string): string[] {
  const ours = specifiersOf(file).filter((specifier) => specifier.startsWith('.'))
  return ours.map((specifier) =>
    relative(SRC, join(SRC, dirname(file), specifier))
      .split(sep)
      .join('/'),
  )
}

describe.each(files)('%s', (file) => {
  it('imports downwards only, type imports included', () => {
    const from = partOf(file)
    for (const target of importsOf(file)) {
      const isAllowed = from === partOf(target) || MAY_IMPORT[from]?.includes(partOf(target))
      expect(isAllowed, `${file} must not import ${target}`).toBe(true)
      if (from === 'channels')
        expect(partOf(target) === 'core' || channelOf(target) === channelOf(file)).toBe(true)
      expect(target.endsWith('/index.ts'), `${file} imports a door, ${target}`).toBe(false)
    }
  })

  it('imports third-party packages only where they are at home', () => {
    const foreign = specifiersOf(file).filter((specifier) => !/^(\.|node:)/.test(specifier))
    for (const specifier of foreign) {
      const name = specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/')
      const home = name === SCHEMA_LIBRARY ? 'channels' : (HOME[name] ?? 'nowhere')
      expect(file.startsWith(home), `${file} must not import ${specifier}`).toBe(true)
    }
  })

  it('loads optional peers only when they are needed', () => {
    if (LOAD_THEIR_PEER.some((start) => file.startsWith(start))) return
    const values = [...codeOf(file).matchAll(/^import (?!type\b)[^'\n]*'([^'.][^']*)'/gm)].map(
      (match) => match[1],
    )
    for (const name of values)
      expect(
        Object.keys(HOME).some((peer) => name?.startsWith(peer)),
        name,
      ).toBe(false)
  })

  it('imports zod as a namespace, so that the build can leave out what it does not use', () => {
    const imports = [...codeOf(file).matchAll(/^import (?!type\b)([^'\n]*) from 'zod'/gm)].map(
      (match) => match[1],
    )
    expect(imports.filter((names) => names !== '* as z')).toEqual([])
  })

  it('opens with a sentence that says what it is for', () => {
    expect(sourceOf(file)).toMatch(/^(#!.*\n)?\/\*\*[\s\S]+?\*\//)
  })

  it('stays within 300 lines', () => {
    expect(sourceOf(file).split('\n').length).toBeLessThanOrEqual(301)
  })

  it('takes the time from the clock, and neither prints nor reads the environment', () => {
    if (file === 'core/clock.ts' || /^(testing|cli|inbox-page)\//.test(file)) return
    expect(codeOf(file)).not.toMatch(
      /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(|(?<!\.)\bset(Timeout|Interval)\(/,
    )
    expect(codeOf(file)).not.toMatch(/\bprocess\.env\b|\bconsole\./)
  })

  it('keeps no module-level mutable state', () => {
    expect(sourceOf(file)).not.toMatch(/^(export )?let /m)
    expect(sourceOf(file)).not.toMatch(/^(export )?const [^\n]*= new (Map|Set|WeakMap)(<[^\n]*>)?\(\)/m)
  })
})

it('has no import cycle', () => {
  const done = new Set<string>()
  const visit = (file: string, path: readonly string[]): void => {
    expect(path, `cycle through ${file}`).not.toContain(file)
    if (done.has(file)) return
    for (const target of importsOf(file)) visit(target, [...path, file])
    done.add(file)
  }
  for (const file of files) visit(file, [])
})

it('names no channel below the channels', () => {
  for (const file of files.filter((name) => /^(core|pipeline|facade)\//.test(name))) {
    expect(codeOf(file), file).not.toMatch(/\b(smtp|aliyun|wechat|apns|websocket)\b/i)
  }
})
