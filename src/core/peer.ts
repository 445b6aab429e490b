/** Loads a channel's library, which is the user's to install. */
import { NotifyError } from './errors.ts'

/**
 * Loads the optional peer `name` by `load`, which must be `() => import('<name>')` so that bundlers see it.
 * @throws {NotifyError} INVALID_CONFIG, saying what to install, where the package is missing
 */
export async function loadPeer<Module>(name: string, load: () => Promise<Module>): Promise<Module> {
  try {
    return await load()
  } catch (cause) {
    if (!isMissing(cause, name)) throw cause
    const text = `The package "${name}" is not installed; run: npm install ${name}`
    throw new NotifyError('INVALID_CONFIG', text, { cause })
  }
}

function isMissing(cause: unknown, name: string): boolean {
  if (!(cause instanceof Error) || !('code' in cause)) return false
  const isNotFound = cause.code === 'ERR_MODULE_NOT_FOUND' || cause.code === 'MODULE_NOT_FOUND'
  return isNotFound && cause.message.includes(`'${name}`)
}
