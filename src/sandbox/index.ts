/** Public surface of `notiwire/sandbox`. */
export { createSandbox } from './sandbox.ts'
export type * from './captured.ts'
export type * from './api.ts'
