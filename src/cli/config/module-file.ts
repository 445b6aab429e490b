/** Loads a configuration that is a program: JavaScript by Node, TypeScript by Node where it can, else by `jiti`. */
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { NotifyError } from '../../core/errors.ts'

/** What `jiti` gives that is used here. */
interface Jiti {
  readonly createJiti: (from: string) => { import(file: string): Promise<unknown> }
}

/**
 * The default export, once it has been waited for.
 * @throws {NotifyError} INVALID_CONFIG, where TypeScript cannot be read here; what the file throws
 */
export async function loadModule(file: string): Promise<unknown> {
  const module = (await (/\.m?ts$/.test(file) ? loadTypeScript(file) : importFile(file))) as {
    readonly default?: unknown
  }
  const value = module.default
  // A CommonJS module that was compiled from one with a default export has it one level deeper.
  const isWrapped = typeof value === 'object' && value !== null && '__esModule' in value && 'default' in value
  return isWrapped ? await value.default : await value
}

async function loadTypeScript(file: string): Promise<unknown> {
  if (canStripTypes()) {
    try {
      return await importFile(file)
    } catch (cause) {
      // Enums and the like are more than types.
      if (!hasCode(cause, 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') || jitiFile(file) === undefined) throw cause
    }
  }
  const jiti = jitiFile(file)
  if (jiti === undefined) throw noTypeScript()
  const { createJiti } = (await importFile(jiti)) as Jiti
  return createJiti(file).import(file)
}

/** By default since Node 22.18 and 23.6. */
function canStripTypes(): boolean {
  return Boolean((process.features as { readonly typescript?: unknown }).typescript)
}

function importFile(file: string): Promise<unknown> {
  return import(pathToFileURL(file).href)
}

/** Of the user's project, or of where we are installed. */
function jitiFile(file: string): string | undefined {
  for (const from of [file, import.meta.url]) {
    try {
      return createRequire(from).resolve('jiti')
    } catch {
      // The next one may have it.
    }
  }
  return undefined
}

function noTypeScript(): NotifyError {
  const text = `Node ${process.versions.node} cannot load a configuration in TypeScript; run: npm install --save-dev jiti, or name it notiwire.config.mjs and write JavaScript`
  return new NotifyError('INVALID_CONFIG', text)
}

function hasCode(cause: unknown, code: string): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === code
}
