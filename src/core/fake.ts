/** What every provider's fake can be told to do, so that tests and the sandbox use all of them alike. */

/**
 * A way to fail that is not a refusal.
 * - `unreachable`: the connection is reset before anything could be taken
 * - `stall`: takes the whole message, keeps nothing, never answers
 * - `reset`: takes the whole message, keeps nothing, resets the connection
 * - `stall_accepted`: takes and keeps the message, never answers
 * - `reset_accepted`: takes and keeps the message, then resets the connection
 * - `garbage`: takes the whole message, keeps nothing, answers what is not the protocol
 */
export type FakeFault = 'unreachable' | 'stall' | 'reset' | 'stall_accepted' | 'reset_accepted' | 'garbage'

/** A provider's own protocol, spoken on 127.0.0.1. */
export interface ProviderFake<Accepted = unknown> extends AsyncDisposable {
  /** What the provider accepted, oldest first, as its recipient would get it. */
  readonly accepted: readonly Accepted[]
  /** Connections open now. */
  readonly connections: number
  /** Fails the next message this way, once. Resolves when it has happened. */
  failNext(fault: FakeFault): Promise<void>
  /** Stops listening and drops every connection. Safe to call twice. */
  close(): Promise<void>
}

/** What a call is made to end in, whatever it asks: a refusal by the provider's own code, or a line that fails. */
export type Simulation = { readonly refusal: string } | { readonly fault: FakeFault }

/** One side of an exchange as it went over the line, credentials and all. */
export interface WireText {
  /** The request or status line. */
  readonly line: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** One call, as a fake tells whoever watches it. */
export interface FakeExchange<Message = unknown> {
  /** What the call makes, as its recipients would get it, kept or not; empty where that cannot be read. */
  readonly messages: readonly Message[]
  /** Whether the provider keeps them; a fault may strike after that. */
  readonly isKept: boolean
  readonly recipients: readonly string[]
  readonly request: WireText
  /** Absent where nobody was answered. */
  readonly response?: WireText
  /** The provider's code, where it refused. */
  readonly refusal?: string
  readonly fault?: FakeFault
}

/** What the sandbox asks of a fake, besides what tests do. */
export interface FakeWatch<Message = unknown> {
  /** Asked once for each call that sends; `path` is that of the call, where the fake has several. */
  readonly simulate?: (recipients: readonly string[], path?: string) => Simulation | undefined
  /** Told of every call that sends, once it is answered or broken off. */
  readonly exchanged?: (exchange: FakeExchange<Message>) => void
  /** How many messages `accepted` remembers at most; older ones are forgotten. @default all */
  readonly maxAccepted?: number
}

/** The refusal that is simulated, if one is. */
export function refusalIn(simulation: Simulation | undefined): string | undefined {
  return simulation && 'refusal' in simulation ? simulation.refusal : undefined
}

/** The fault that is simulated, if one is. Nobody waits for it to have happened. */
export function faultIn(simulation: Simulation | undefined): PlannedFault | undefined {
  return simulation && 'fault' in simulation ? { ...simulation, happened: () => undefined } : undefined
}

/** A fault that somebody may wait for. */
export interface PlannedFault {
  readonly fault: FakeFault
  readonly happened: () => void
}

/** Whether the provider has what it was sent, where it fails in this way. */
export function isKeptIn(fault: PlannedFault | undefined): boolean {
  return !fault || fault.fault.endsWith('_accepted')
}

/** Headers as Node gives them, each as one text; HTTP/2's pseudo-headers stand in the request line. */
export function headerTexts(headers: Readonly<Record<string, unknown>>): Record<string, string> {
  const entries = Object.entries(headers).filter(([name]) => !name.startsWith(':'))
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]))
}

/** What `listenLocally` needs of a server of `node:net` or `node:http`. */
interface Listener {
  once(event: 'error', heard: (cause: Error) => void): unknown
  listen(port: number, host: string, listening: () => void): unknown
}

/** Resolves when it listens on 127.0.0.1; rejects where the port is taken. */
export function listenLocally(server: Listener, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
}

/** Adds to a list that holds `most` at most, oldest first. */
export function remember<T>(list: T[], added: readonly T[], most = Number.POSITIVE_INFINITY): void {
  list.push(...added)
  if (list.length > most) list.splice(0, list.length - most)
}
