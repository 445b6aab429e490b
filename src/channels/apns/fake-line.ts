/** A TCP line in front of the fake that can break the ways real lines do. */
import { listenLocally } from '../../core/fake.ts'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

/**
 * - `silent`: bytes are swallowed in both directions, nobody is told
 * - `reset`: the client gets a TCP reset
 * - `fin`: the client gets an orderly end
 * - `garbage`: the client gets bytes that are not TLS
 */
export type LineFault = 'silent' | 'reset' | 'fin' | 'garbage'

interface Pair {
  readonly client: Socket
  readonly server: Socket
  isSilent: boolean
}

export class FakeLine {
  /** Connections accepted so far. */
  opened = 0
  readonly #pairs = new Set<Pair>()
  readonly #targetPort: number
  readonly #listener: Server
  /** Connections still to be refused, and who waits for it. */
  readonly #refusals: (() => void)[] = []

  constructor(targetPort: number) {
    this.#targetPort = targetPort
    this.#listener = createServer((client) => this.#accept(client))
  }

  /** Connections open now. */
  get open(): number {
    return this.#pairs.size
  }

  /** Returns the port. */
  async listen(port = 0): Promise<number> {
    await listenLocally(this.#listener, port)
    return (this.#listener.address() as AddressInfo).port
  }

  /** Resets the next connection before a byte is read. Resolves when it has happened. */
  refuseNext(): Promise<void> {
    return new Promise((resolve) => void this.#refusals.push(resolve))
  }

  /** Breaks every open line. */
  cut(fault: LineFault): void {
    for (const pair of this.#pairs) {
      pair.isSilent = true
      if (fault === 'silent') continue
      if (fault === 'reset') pair.client.resetAndDestroy()
      else if (fault === 'garbage') pair.client.end('HTTP/1.1 400 Bad Request\r\n\r\n')
      else pair.client.end()
      pair.server.destroy()
    }
  }

  async close(): Promise<void> {
    for (const { client, server } of this.#pairs) {
      client.destroy()
      server.destroy()
    }
    if (this.#listener.listening) await new Promise((resolve) => this.#listener.close(resolve))
  }

  #accept(client: Socket): void {
    this.opened += 1
    const refused = this.#refusals.shift()
    if (refused) {
      client.resetAndDestroy()
      return refused()
    }
    const server = connect(this.#targetPort, '127.0.0.1')
    const pair: Pair = { client, server, isSilent: false }
    this.#pairs.add(pair)
    this.#join(client, server, pair)
    this.#join(server, client, pair)
  }

  #join(from: Socket, to: Socket, pair: Pair): void {
    from.setNoDelay(true)
    from.on('data', (chunk) => {
      if (!pair.isSilent) to.write(chunk)
    })
    from.on('error', () => undefined)
    from.on('close', () => {
      this.#pairs.delete(pair)
      if (!pair.isSilent) to.destroySoon()
      else if (from === pair.client) to.destroy()
    })
  }
}
