/** Placeholder of the sandbox; written next. */
export function createSandbox(): Promise<never> {
  return Promise.reject(new Error('not yet'))
}
