/** Finds the configuration file. */
import { existsSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { UsageError } from '../usage-error.ts'

const EXTENSIONS = ['ts', 'mts', 'js', 'mjs', 'cjs', 'json']

export const CONFIG_FILES = EXTENSIONS.map((extension) => `notiwire.config.${extension}`)

/**
 * The named file, or the first of `notiwire.config.{ts,mts,js,mjs,cjs,json}` in the folder.
 * @throws {UsageError} where the named file is not there
 */
export function findConfig(cwd: string, named: string | undefined): string | undefined {
  if (named === undefined)
    return CONFIG_FILES.map((name) => resolve(cwd, name)).find((file) => existsSync(file))
  const file = resolve(cwd, named)
  if (!existsSync(file)) throw new UsageError(`the configuration ${named} is not there`)
  if (!EXTENSIONS.some((extension) => file.endsWith(`.${extension}`))) {
    const known = EXTENSIONS.map((extension) => `.${extension}`).join(', ')
    throw new UsageError(`the configuration ${basename(file)} is none of ${known}`)
  }
  return file
}
