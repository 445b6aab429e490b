/** The text of the files that `notiwire init` writes. */
import { quoted, STARTERS, type Starter } from './starters.ts'

export interface InitFiles {
  readonly config: string
  readonly env: string
  readonly peers: readonly string[]
}

/** @param chosen channels; without any all stand there, commented out */
export function initFiles(chosen: readonly string[], isTypeScript: boolean): InitFiles {
  const names = chosen.length > 0 ? chosen : Object.keys(STARTERS)
  const mark = chosen.length > 0 ? '' : '// '
  const starters = names.flatMap((name): Starter[] => {
    const starter = Object.hasOwn(STARTERS, name) ? STARTERS[name] : undefined
    return starter ? [starter] : []
  })
  return {
    config: configText(starters, mark, isTypeScript),
    env: starters.map(({ env }) => `${env.map((line) => `${mark && '# '}${line}`).join('\n')}\n`).join('\n'),
    peers: chosen.length > 0 ? starters.flatMap(({ peer }) => (peer === '' ? [] : [peer])) : [],
  }
}

function configText(starters: readonly Starter[], mark: string, isTypeScript: boolean): string {
  const imports = starters.map(({ imports: line }) => `${mark}${line}`)
  const lines = starters.flatMap(({ lines: own }) => own.map((line) => `    ${mark}${line}`))
  const root = `import(${quoted('notiwire')})`
  const types = [`import type { Channels, NotifyOptions } from ${quoted('notiwire')}`]
  return [
    '/** What notiwire sends with: the command line reads this file, and your program may import it. */',
    ...(isTypeScript ? types : []),
    ...imports,
    '',
    ...(isTypeScript ? [] : [`/** @type {${root}.NotifyOptions<${root}.Channels>} */`]),
    'export default {',
    '  channels: {',
    ...lines,
    '  },',
    isTypeScript ? '} satisfies NotifyOptions<Channels>' : '}',
    '',
  ].join('\n')
}
