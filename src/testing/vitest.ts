/** `import 'notiwire/testing/vitest'` teaches vitest's `expect` the matchers for what was sent. */
import { expect } from 'vitest'
import { notiwireMatchers, type NotiwireMatchers } from './matchers.ts'

declare module 'vitest' {
  // An interface can only be added to, and all it gets is inherited.
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type
  interface Matchers<T> extends NotiwireMatchers<void, T> {}
}

expect.extend(notiwireMatchers)

export { notiwireMatchers }
