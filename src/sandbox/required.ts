/** What `require('notiwire/sandbox')` gives: the same functions, of the one ES module. */
import type * as Sandbox from './sandbox.ts'

export const createSandbox: typeof Sandbox.createSandbox = async (options) => {
  const { createSandbox: create } = await import('./sandbox.ts')
  return create(options)
}

export const findOrStart: typeof Sandbox.findOrStart = async () => {
  const { findOrStart: find } = await import('./sandbox.ts')
  return find()
}
