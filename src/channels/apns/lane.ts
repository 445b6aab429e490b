/**
 * The way to APNs for one set of credentials: one connection at a time, a queue before it, and every push that
 * APNs provably did not process sent again on the next. Where that is not proved, the caller is told `unknown`.
 */
import type { Clock, Timer } from '../../core/clock.ts'
import { NotifyError } from '../../core/errors.ts'
import type { Certainty } from '../../core/failures.ts'
import { cannotConnect, lossError, noConnection, queueFull } from './errors.ts'
import { JobQueue } from './job-queue.ts'
import { Reconnect, type Ended } from './reconnect.ts'
import type { Connection, Loss, OpenStream, PushReply, PushRequest, Transport } from './transport.ts'

/** How often one push goes back to the queue before it is reported. */
const MAX_REPLAYS = 5

export interface Exchange {
  readonly reply: PushReply
  /** Where it was answered. */
  readonly connection: Connection
}

interface ConnectionState extends Ended {
  wasReady: boolean
  hasWorked: boolean
  /** Takes no more pushes. */
  isLeft: boolean
}

interface Job {
  /** Called when a stream is free, so that it carries the credentials of that moment. */
  readonly build: () => PushRequest
  readonly resolve: (exchange: Exchange) => void
  readonly reject: (error: NotifyError) => void
  replays: number
  stream: OpenStream | undefined
}

export interface LaneOptions {
  readonly transport: Transport
  readonly maxQueue: number
  readonly clock: Clock
}

export class Lane {
  readonly #options: LaneOptions
  readonly #queue = new JobQueue<Job>()
  readonly #inFlight = new Set<Job>()
  /** Every connection not yet closed. */
  readonly #connections = new Map<Connection, ConnectionState>()
  readonly #reconnect = new Reconnect()
  #current: Connection | undefined
  #timer: Timer | undefined
  #lastFailure: Error | undefined
  #isClosed = false
  #closing: Promise<void> | undefined
  #emptied: (() => void) | undefined

  constructor(options: LaneOptions) {
    this.#options = options
  }

  /** @throws {NotifyError} when no reply came; its `delivery` says whether APNs could have accepted the push */
  send(build: () => PushRequest, signal: AbortSignal): Promise<Exchange> {
    return new Promise((resolve, reject) => {
      const refusal = this.#refusal(signal)
      if (refusal) return reject(refusal)
      const abort = () => this.#abort(job)
      const done = () => signal.removeEventListener('abort', abort)
      const job: Job = {
        build,
        replays: 0,
        stream: undefined,
        resolve: (exchange) => {
          done()
          resolve(exchange)
        },
        reject: (error) => {
          done()
          reject(error)
        },
      }
      signal.addEventListener('abort', abort, { once: true })
      this.#queue.push(job)
      this.#pump()
    })
  }

  /** Sends what follows on a new connection; pushes in flight on this one are still answered. */
  retire(connection: Connection): void {
    connection.drain()
  }

  /** Frees every socket and timer; pushes still here fail as CLOSED. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  async #close(): Promise<void> {
    this.#isClosed = true
    this.#stopWaiting()
    for (const job of this.#queue.drain()) job.reject(closedError('not_sent'))
    for (const job of this.#inFlight) this.#giveUp(job, closedError)
    const emptied = new Promise<void>((resolve) => {
      this.#emptied = resolve
    })
    for (const connection of this.#connections.keys()) connection.destroy(new Error('The driver was closed'))
    if (this.#connections.size > 0) await emptied
  }

  #refusal(signal: AbortSignal): NotifyError | undefined {
    if (this.#isClosed) return closedError('not_sent')
    if (signal.aborted) return stoppedError('not_sent', this.#lastFailure)
    return this.#queue.size >= this.#options.maxQueue ? queueFull(this.#options.maxQueue) : undefined
  }

  #abort(job: Job): void {
    if (job.stream) return this.#giveUp(job, (delivery) => stoppedError(delivery, undefined))
    this.#queue.delete(job)
    job.reject(stoppedError('not_sent', this.#lastFailure))
    if (this.#queue.size === 0) this.#stopWaiting()
  }

  #giveUp(job: Job, toError: (delivery: Certainty) => NotifyError): void {
    this.#inFlight.delete(job)
    job.reject(toError(job.stream?.cancel() ?? 'unknown'))
  }

  #pump(): void {
    if (this.#isClosed || this.#queue.size === 0) return
    if (!this.#current) return this.#connect()
    while (this.#current && this.#current.free > 0) {
      const job = this.#queue.shift()
      if (!job) return
      this.#dispatch(job, this.#current)
    }
  }

  #connect(): void {
    if (this.#timer) return
    const delayMs = this.#reconnect.delayMs(this.#options.clock.monotonic())
    if (delayMs === 0) return this.#open()
    if (this.#reconnect.isHopeless) return this.#failWaiting()
    this.#timer = this.#options.clock.setTimeout(() => {
      this.#timer = undefined
      if (this.#queue.size > 0) this.#open()
    }, delayMs)
  }

  /** Nobody waits for a connection any more, so neither does the process. */
  #stopWaiting(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #open(): void {
    const connection = this.#options.transport.connect({
      changed: () => this.#changed(connection),
      draining: () => this.#leave(connection),
      closed: (cause) => this.#closed(connection, cause),
    })
    const openedAt = this.#options.clock.monotonic()
    this.#connections.set(connection, { openedAt, wasReady: false, hasWorked: false, isLeft: false })
    this.#current = connection
  }

  #changed(connection: Connection): void {
    const state = this.#connections.get(connection)
    if (state && !state.wasReady && connection.free > 0) {
      state.wasReady = true
      this.#lastFailure = undefined
    }
    this.#pump()
  }

  #leave(connection: Connection): void {
    const state = this.#connections.get(connection)
    if (state && !state.isLeft) {
      state.isLeft = true
      this.#ended(state)
    }
    if (this.#current === connection) this.#current = undefined
    this.#pump()
  }

  /** Fails what waits where a next connection would come too late, or fail in the same way. */
  #ended(state: ConnectionState): void {
    this.#reconnect.ended(state, this.#options.clock.monotonic())
    const cannotHeal = !state.wasReady && cannotConnect(this.#lastFailure)
    if (cannotHeal || this.#reconnect.isHopeless) this.#failWaiting()
  }

  #failWaiting(): void {
    const delayMs = this.#reconnect.delayMs(this.#options.clock.monotonic())
    const error = noConnection(this.#lastFailure, delayMs)
    for (const job of this.#queue.drain()) job.reject(error)
  }

  #closed(connection: Connection, cause: Error | undefined): void {
    this.#lastFailure = cause ?? this.#lastFailure
    this.#leave(connection)
    this.#connections.delete(connection)
    if (this.#connections.size === 0) this.#emptied?.()
  }

  #dispatch(job: Job, connection: Connection): void {
    const request = this.#build(job)
    if (!request) return
    try {
      job.stream = connection.open(request, {
        replied: (reply) => this.#replied(job, { reply, connection }),
        lost: (loss) => this.#lost(job, loss),
      })
      this.#inFlight.add(job)
    } catch (cause) {
      connection.drain()
      this.#leave(connection)
      this.#lost(job, { delivery: 'not_sent', cause: cause as Error })
    }
  }

  /** What cannot be built fails alone: no other connection would help. */
  #build(job: Job): PushRequest | undefined {
    try {
      return job.build()
    } catch (cause) {
      const text = 'The request of the push could not be built'
      job.reject(new NotifyError('DRIVER_FAILED', text, { delivery: 'not_sent', cause }))
      return undefined
    }
  }

  #replied(job: Job, exchange: Exchange): void {
    this.#inFlight.delete(job)
    if (isFromWorkingApns(exchange.reply.status)) this.#worked(exchange.connection)
    job.resolve(exchange)
  }

  #worked(connection: Connection): void {
    const state = this.#connections.get(connection)
    if (!state || state.hasWorked) return
    state.hasWorked = true
    connection.trust()
  }

  #lost(job: Job, loss: Loss): void {
    this.#inFlight.delete(job)
    job.stream = undefined
    if (loss.delivery === 'unknown' || this.#isClosed || job.replays >= MAX_REPLAYS) {
      return job.reject(lossError(loss))
    }
    job.replays += 1
    this.#queue.pushAgain(job)
    this.#pump()
  }
}

/** Any answer about the push itself; 403, 429 and 5xx are about us or about them. */
const isFromWorkingApns = (status: number) =>
  status === 200 || (status < 500 && status !== 403 && status !== 429)

function closedError(delivery: Certainty): NotifyError {
  return new NotifyError('CLOSED', 'The driver was closed', { delivery })
}

function stoppedError(delivery: Certainty, cause: Error | undefined): NotifyError {
  const text =
    delivery === 'not_sent' ? 'Stopped before APNs took the push' : 'Stopped while APNs had the push'
  return new NotifyError('ABORTED', text, { delivery, cause })
}
