/** Every TypeScript block of the README and of `docs/` compiles as a reader would paste it. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import manifest from '../package.json' with { type: 'json' }

const ROOT = join(import.meta.dirname, '..')
const pages = [
  'README.md',
  'README.zh-CN.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => join('docs', file)),
]

interface Block {
  readonly page: string
  /** Line of the page on which the block's first line stands. */
  readonly line: number
  readonly code: string
}

function blocksOf(page: string): Block[] {
  const text = readFileSync(join(ROOT, page), 'utf8')
  return [...text.matchAll(/^```(ts|typescript)\n([\s\S]*?)^```/gm)].map((match) => ({
    page,
    line: text.slice(0, match.index).split('\n').length + 1,
    code: `${match[2] ?? ''}\nexport {}\n`,
  }))
}

/** Parts of the package that are no channels. */
const APART = ['testing', 'redis', 'opentelemetry', 'outbox', 'sandbox']

/** Subpaths of the package, pointed at their sources. */
function sourcesBySubpath(): ts.MapLike<string[]> {
  const subpaths = Object.keys(manifest.exports).filter((subpath) => subpath !== './package.json')
  const paths = subpaths.map((subpath) => {
    const [part = '', file = 'index'] = subpath.slice(2).split('/')
    const folder = part === '' ? '' : APART.includes(part) ? `${part}/` : `channels/${part}/`
    const source: [string, string[]] = [
      `notiwire${subpath.slice(1)}`,
      [join(ROOT, 'src', `${folder}${file}.ts`)],
    ]
    return source
  })
  return Object.fromEntries(paths)
}

function problemsOf(blocks: readonly Block[]): Map<Block, string[]> {
  const config = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) => ts.sys.readFile(path))
    .config as object
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT)
  Object.assign(options, { paths: sourcesBySubpath(), noUnusedLocals: false, noUnusedParameters: false })
  const files = new Map(blocks.map((block, index) => [join(ROOT, 'docs', `block-${index}.ts`), block]))
  const host = ts.createCompilerHost(options)
  const real = { ...host }
  host.readFile = (path) => files.get(path)?.code ?? real.readFile(path)
  host.fileExists = (path) => files.has(path) || real.fileExists(path)
  const program = ts.createProgram([...files.keys()], options, host)
  return new Map(
    [...files].map(([path, block]) => {
      const source = program.getSourceFile(path)
      const found = [...program.getSemanticDiagnostics(source), ...program.getSyntacticDiagnostics(source)]
      return [block, found.map((diagnostic) => describeProblem(block, diagnostic))]
    }),
  )
}

function describeProblem(block: Block, { file, start, messageText }: ts.Diagnostic): string {
  const line = file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line : 0
  return `${block.page}:${block.line + line} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`
}

const blocks = pages.flatMap(blocksOf)
const problems = problemsOf(blocks)

describe.each(pages)('%s', (page) => {
  it('has only blocks that compile', () => {
    const found = blocks.filter((block) => block.page === page).flatMap((block) => problems.get(block) ?? [])
    expect(found).toEqual([])
  })

  it('links only to files that exist', () => {
    const text = readFileSync(join(ROOT, page), 'utf8').replace(/```[\s\S]*?```/g, '')
    const links = [...text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].map((match) => match[1] ?? '')
    const missing = links.filter(
      (link) =>
        !ts.sys.fileExists(join(ROOT, page, '..', link)) &&
        !ts.sys.directoryExists(join(ROOT, page, '..', link)),
    )
    expect(missing.map((link) => `${relative('.', page)} -> ${link}`)).toEqual([])
  })
})

it('finds the blocks it is meant to check', () => {
  expect(blocks.length).toBeGreaterThan(10)
})
