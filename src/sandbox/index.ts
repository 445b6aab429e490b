/** Public surface of `notiwire/sandbox`. */
export { createSandbox, findOrStart } from './sandbox.ts'
export type { Sandbox, SandboxOptions } from './sandbox.ts'
export type * from './captured.ts'
export type * from './api.ts'
