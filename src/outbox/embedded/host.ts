/** Where the file is written: in this thread, or in one of its own. */
import { existsSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import type { Clock } from '../../core/clock.ts'
import { NotifyError } from '../../core/errors.ts'
import { revive } from '../../core/revive.ts'
import { BUSY_TIMEOUT_MS } from './database.ts'
import type { Executor } from './executor.ts'
import { busyForTooLong, toNotifyError } from './failures.ts'
import { fsyncMs } from './fsync-time.ts'
import type { Answer, Operation } from './operations.ts'
import { openFile } from './open-file.ts'
import type { EmbeddedSettings } from './options.ts'
import type { Request, Told } from './thread.ts'

export interface Host {
  execute(operations: readonly Operation[]): readonly Answer[] | Promise<readonly Answer[]>
  close(): Promise<void>
}

/** A disk that takes longer, in milliseconds, would hold up the event loop; for one that does not, a thread costs half of the speed. */
const FAST_MS = 0.5

/** @throws {NotifyError} INVALID_CONFIG, UNAVAILABLE */
export async function openHost(settings: EmbeddedSettings): Promise<Host> {
  const { file, thread, clock } = settings
  // Opened here first: it says what is wrong with the file, and that its disk can be timed.
  const executor = await openFile(file, clock)
  if (thread === true || (thread === 'auto' && fsyncMs(file, clock) > FAST_MS)) {
    executor.close()
    return ThreadHost.start(settings)
  }
  return new InlineHost(executor, clock)
}

/**
 * Another connection that is writing holds up the event loop for so long at most, in milliseconds: it may be one of this
 * program's own, which then could never commit.
 */
const HELD_UP_MS = 10
const AGAIN_MS = 5

class InlineHost implements Host {
  readonly #executor: Executor
  readonly #clock: Clock

  constructor(executor: Executor, clock: Clock) {
    this.#executor = executor
    this.#clock = clock
    executor.waitFor(HELD_UP_MS)
  }

  execute(operations: readonly Operation[]): readonly Answer[] | Promise<readonly Answer[]> {
    return this.#executor.execute(operations) ?? this.#again(operations)
  }

  async #again(operations: readonly Operation[]): Promise<readonly Answer[]> {
    const giveUpAt = this.#clock.monotonic() + BUSY_TIMEOUT_MS
    while (this.#clock.monotonic() < giveUpAt) {
      await new Promise<void>((resolve) => this.#clock.setTimeout(resolve, AGAIN_MS))
      const answers = this.#executor.execute(operations)
      if (answers) return answers
    }
    return operations.map(() => ({ error: busyForTooLong() }))
  }

  close(): Promise<void> {
    this.#executor.close()
    return Promise.resolve()
  }
}

/** Seen from this file: as it is published, in one piece or in several; and from the sources, as it was built. */
const PLACES = ['.', './outbox', '../outbox', '../../../dist/outbox'].map(
  (place) => `${place}/embedded-thread.js`,
)

function threadFile(): URL {
  const found = PLACES.map((place) => new URL(place, import.meta.url)).find((url) => existsSync(url))
  if (found) return found
  const text =
    'The thread of the outbox is missing: a bundler left it out; keep notiwire out of the bundle, or say thread: false'
  throw new NotifyError('INVALID_CONFIG', text)
}

class ThreadHost implements Host {
  readonly #worker: Worker
  /** Who waits for an answer, oldest first. */
  readonly #waiting: { resolve: (told: readonly Told[]) => void; reject: (cause: unknown) => void }[] = []

  readonly #clock: Clock
  /** Why there will be no more answers. */
  #failure: unknown

  private constructor(worker: Worker, clock: Clock) {
    this.#worker = worker
    this.#clock = clock
  }

  static async start({ file, clock }: EmbeddedSettings): Promise<ThreadHost> {
    // None of the process's own flags: some are refused in a thread, and it needs none.
    const worker = new Worker(threadFile(), { workerData: { file }, execArgv: [] })
    const host = new ThreadHost(worker, clock)
    const opened = host.#next()
    worker.on('message', (told: readonly Told[]) => host.#take(told))
    const fail = (cause: unknown) => {
      host.#failure ??= cause
      for (const { reject } of host.#waiting.splice(0)) reject(cause)
    }
    worker.on('error', fail)
    worker.on('exit', () => fail(new NotifyError('UNAVAILABLE', 'The thread of the outbox has ended')))
    const [opening] = await opened
    if (opening && 'failure' in opening) throw revived(opening.failure)
    return host
  }

  async execute(operations: readonly Operation[]): Promise<readonly Answer[]> {
    return (await this.#ask({ now: this.#clock.now(), operations })).map((told) =>
      'failure' in told ? { error: revived(told.failure) } : told,
    )
  }

  async close(): Promise<void> {
    if (this.#failure === undefined) await this.#ask('close')
    await this.#worker.terminate()
  }

  #take(told: readonly Told[]): void {
    this.#waiting.shift()?.resolve(told)
    // A program that waits for nothing more may end.
    if (this.#waiting.length === 0) this.#worker.unref()
  }

  #ask(request: Request): Promise<readonly Told[]> {
    const answer = this.#next()
    this.#worker.ref()
    this.#worker.postMessage(request)
    return answer
  }

  /** Answers come in the order of the requests. */
  #next(): Promise<readonly Told[]> {
    return new Promise((resolve, reject) => {
      if (this.#failure === undefined) this.#waiting.push({ resolve, reject })
      else reject(toNotifyError(this.#failure))
    })
  }
}

function revived(failure: object): NotifyError {
  return (
    revive(failure) ?? new NotifyError('UNAVAILABLE', 'The outbox failed; nothing is known to be accepted')
  )
}
