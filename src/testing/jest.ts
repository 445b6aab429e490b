/** `import 'notiwire/testing/jest'` teaches jest's global `expect` the matchers for what was sent. */
// TypeScript finds the module to be augmented only where it is imported too.
import type {} from 'expect'
import { NotifyError } from '../core/errors.ts'
import { notiwireMatchers, type NotiwireMatchers } from './matchers.ts'

declare module 'expect' {
  // An interface can only be added to, and all it gets is inherited.
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type
  interface Matchers<R, T> extends NotiwireMatchers<R, T> {}
}

declare global {
  // Where `@types/jest` keeps the types of the global `expect`.
  // eslint-disable-next-line @typescript-eslint/no-namespace
  namespace jest {
    // eslint-disable-next-line @typescript-eslint/no-empty-object-type
    interface Matchers<R, T> extends NotiwireMatchers<R, T> {}
  }
}

/** The part of jest's `expect` that we use. */
interface ExpectLike {
  extend(matchers: typeof notiwireMatchers): void
}

function globalExpect(): ExpectLike {
  const { expect } = globalThis as { expect?: Partial<ExpectLike> }
  if (typeof expect?.extend === 'function') return expect as ExpectLike
  const text =
    'There is no global expect here: import this from a test or from setupFilesAfterEnv; with injectGlobals: false, call expect.extend(notiwireMatchers) yourself'
  throw new NotifyError('INVALID_CONFIG', text)
}

globalExpect().extend(notiwireMatchers)

export { notiwireMatchers }
