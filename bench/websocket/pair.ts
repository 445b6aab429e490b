/** One contestant's server and its clients, each in a process of its own. */
import type { Notiwire } from './build.ts'
import type { ConnectedReport, Contestant, ReceivedReport } from './contract.ts'
import { DIALECTS } from './dialects.ts'
import { LoadClient, type LoadProgram } from './load-client.ts'
import { ServerProcess, type ServerProgram } from './server-process.ts'

/** What all pairs of one run share. */
export interface Field {
  readonly notiwire: Notiwire
  readonly server: ServerProgram
  readonly load: LoadProgram
  /** A file of as many tokens as there are clients at most, one a line. */
  readonly tokens: string
}

export interface PairOptions {
  readonly field: Field
  readonly hasRecovery?: boolean
}

export interface Broadcast extends ReceivedReport {
  /** When it was called. */
  readonly at: number
  /** Of the server, for this broadcast. */
  readonly serverCpuUs: number
}

export class Pair implements AsyncDisposable {
  readonly contestant: Contestant
  readonly server: ServerProcess
  readonly client: LoadClient

  static async start(contestant: Contestant, { field, hasRecovery = false }: PairOptions): Promise<Pair> {
    const { notiwire, load, tokens } = field
    const server = await ServerProcess.start(contestant, { notiwire, hasRecovery }, field.server)
    const client = new LoadClient(load, { port: server.port, dialect: DIALECTS[contestant], tokens })
    return new Pair(contestant, server, client)
  }

  private constructor(contestant: Contestant, server: ServerProcess, client: LoadClient) {
    this.contestant = contestant
    this.server = server
    this.client = client
  }

  /** @throws {Error} where not every client got in */
  async connect(count: number, window: number): Promise<ConnectedReport> {
    const report = await this.client.connect(count, window)
    if (report.errors > 0) this.#fail(`${report.errors} of ${count} did not get in`, report.fault)
    await this.server.ask({ do: 'await', count })
    return report
  }

  async close(count: number): Promise<void> {
    await this.client.close(count)
    await this.server.ask({ do: 'await', count })
  }

  /** @throws {Error} where a client did not get every message */
  async broadcast(data: object, times: number): Promise<Broadcast> {
    const { received } = await this.client.expect(times)
    const cpuUs = await this.server.cpuUs()
    const { at } = await this.server.ask({ do: 'broadcast', data, times })
    const report = await received
    const serverCpuUs = (await this.server.cpuUs()) - cpuUs
    if (report.missing > 0 || report.lost > 0) {
      this.#fail(`${report.missing} messages missing, ${report.lost} clients lost`, report.fault)
    }
    return { ...report, at, serverCpuUs }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client[Symbol.asyncDispose]()
    await this.server[Symbol.asyncDispose]()
  }

  #fail(what: string, why: string): never {
    throw new Error(`${this.contestant}: ${what}${why && `: ${why}`}`)
  }
}

/** One of each, at once. */
export async function startAll(contestants: readonly Contestant[], options: PairOptions): Promise<Pair[]> {
  const pairs: Pair[] = []
  for (const contestant of contestants) pairs.push(await Pair.start(contestant, options))
  return pairs
}
