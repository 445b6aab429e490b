/** One route of the inbox's server. */
import type { IncomingMessage, ServerResponse } from 'node:http'

export interface Call {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly url: URL
  readonly params: readonly string[]
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: RegExp
  readonly handle: (call: Call) => void | Promise<void>
}

export function get(path: RegExp, handle: Route['handle']): Route {
  return { method: 'GET', path, handle }
}
