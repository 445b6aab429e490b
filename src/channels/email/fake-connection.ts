/** What the fake uses of smtp-server beyond its documentation. */
import type { Socket } from 'node:net'

/** smtp-server's own side of a session; it has no hook for most commands. */
export interface FakeConnection {
  readonly id: string
  readonly _socket: Socket
  _onCommand(command: Buffer, callback?: () => void): void
  send(code: number, data?: unknown, context?: unknown): void
}
