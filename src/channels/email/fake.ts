/** An SMTP server on 127.0.0.1, on the `smtp-server` package: takes mail, refuses what it should, fails on command. */
import type { AddressInfo, Socket } from 'node:net'
import type { SMTPServer } from 'smtp-server'
import { systemClock, type Clock } from '../../core/clock.ts'
import type { FakeFault, ProviderFake } from '../../core/fake.ts'
import { loadPeer } from '../../core/peer.ts'
import { FakeFaults } from './fake-faults.ts'
import type { FakeEmail, FakeRefusal, FakeSmtpOptions } from './fake-options.ts'
import { serverOptions } from './fake-server.ts'

export type { FakeCommand, FakeEmail, FakeRefusal, FakeSmtpOptions } from './fake-options.ts'

/**
 * Starts the server. Needs the package `smtp-server`.
 * @throws {NotifyError} INVALID_CONFIG, where the package is not installed
 */
export async function startFakeSmtp(
  options: FakeSmtpOptions = {},
  { clock = systemClock }: { readonly clock?: Clock } = {},
): Promise<FakeSmtp> {
  const { SMTPServer } = await loadPeer('smtp-server', () => import('smtp-server'))
  const fake = new FakeSmtp(options, clock)
  await fake.listen((settings) => new SMTPServer(settings))
  return fake
}

export class FakeSmtp implements ProviderFake<FakeEmail> {
  readonly host = '127.0.0.1'
  readonly accepted: FakeEmail[] = []
  /** Verbs received, oldest first, over all connections. */
  readonly commands: string[] = []
  /** OAuth2 access tokens that are valid now; change them to let a token expire. */
  readonly accessTokens: Set<string>
  /** Connections ever made. */
  connectionsMade = 0
  readonly #options: FakeSmtpOptions
  readonly #clock: Clock
  readonly #faults = new FakeFaults()
  readonly #sockets = new Set<Socket>()
  #server: SMTPServer | undefined
  #port = 0
  #closing: Promise<void> | undefined

  constructor(options: FakeSmtpOptions, clock: Clock) {
    this.#options = options
    this.#clock = clock
    this.accessTokens = new Set(options.accessTokens)
  }

  get port(): number {
    return this.#port
  }

  /** Connections open now. */
  get connections(): number {
    return this.#sockets.size
  }

  failNext(fault: FakeFault): Promise<void> {
    return this.#faults.failNext(fault)
  }

  /** Answers the next such command with this reply, once; several are answered in the order given. */
  refuseNext(refusal: FakeRefusal): void {
    this.#faults.refuseNext(refusal)
  }

  /** Resets every connection that is open, as a server or a firewall does with idle ones. */
  dropConnections(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  close(): Promise<void> {
    this.#closing ??= new Promise<void>((resolve) => {
      if (!this.#server) return resolve()
      this.#server.close(() => resolve())
      for (const socket of this.#sockets) socket.destroy()
    })
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** @internal called once, by {@link startFakeSmtp} */
  async listen(create: (settings: ReturnType<typeof serverOptions>) => SMTPServer): Promise<void> {
    const settings = serverOptions(this.#options, {
      faults: this.#faults,
      accessTokens: this.accessTokens,
      heard: (verb) => void this.commands.push(verb),
      accept: (email) => void this.accepted.push({ ...email, receivedAt: new Date(this.#clock.now()) }),
      connectionOf: (id) => [...server.connections].find((connection) => connection.id === id),
      socketOf: (port) => [...this.#sockets].find((socket) => socket.remotePort === port),
    })
    const server = create(settings)
    this.#server = server
    // A client that goes away in the middle is none of our errors.
    server.on('error', () => undefined)
    server.server.on('connection', (socket: Socket) => this.#track(socket))
    await new Promise<void>((resolve, reject) => {
      server.server.once('error', reject)
      server.listen(0, this.host, () => resolve())
    })
    this.#port = (server.server.address() as AddressInfo).port
  }

  #track(socket: Socket): void {
    this.connectionsMade += 1
    this.#sockets.add(socket)
    socket.on('error', () => undefined)
    socket.once('close', () => this.#sockets.delete(socket))
  }
}
