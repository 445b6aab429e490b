/** The fake behind `startFakeSmtp`: its listening socket, and what it has seen. */
import type { AddressInfo, Socket } from 'node:net'
import type { SMTPServer, SMTPServerOptions } from 'smtp-server'
import type { Clock } from '../../core/clock.ts'
import { remember, type FakeFault } from '../../core/fake.ts'
import { FakeFaults } from './fake-faults.ts'
import type { FakeEmail, FakeRefusal, FakeSmtp, FakeSmtpOptions } from './fake-options.ts'
import type { FakeConnection } from './fake-connection.ts'
import { serverOptions } from './fake-server.ts'
import { FakeWatching } from './fake-watching.ts'

export class SmtpFake implements FakeSmtp {
  readonly host = '127.0.0.1'
  readonly accepted: FakeEmail[] = []
  readonly commands: string[] = []
  readonly accessTokens: Set<string>
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

  get connections(): number {
    return this.#sockets.size
  }

  failNext(fault: FakeFault): Promise<void> {
    return this.#faults.failNext(fault)
  }

  refuseNext(refusal: FakeRefusal): void {
    this.#faults.refuseNext(refusal)
  }

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

  /** Called once. */
  async listen(create: (settings: SMTPServerOptions) => SMTPServer): Promise<void> {
    const connectionOf = (id: string): FakeConnection | undefined =>
      [...server.connections].find((connection) => connection.id === id)
    const settings = serverOptions(this.#options, {
      faults: this.#faults,
      accessTokens: this.accessTokens,
      heard: (verb) => remember(this.commands, [verb], this.#options.watch?.maxAccepted),
      accept: (email) => remember(this.accepted, [email], this.#options.watch?.maxAccepted),
      now: () => this.#clock.now(),
      watching: new FakeWatching(this.#options.watch, connectionOf),
      connectionOf,
      socketOf: (port) => [...this.#sockets].find((socket) => socket.remotePort === port),
    })
    const server = create(settings)
    this.#server = server
    // A client that goes away in the middle is none of our errors.
    server.on('error', () => undefined)
    server.server.on('connection', (socket: Socket) => this.#track(socket))
    await new Promise<void>((resolve, reject) => {
      server.server.once('error', reject)
      server.listen(this.#options.port ?? 0, this.host, () => resolve())
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
