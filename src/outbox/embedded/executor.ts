/** Runs a group of operations on the file as one transaction: all of them wait for the disk once. */
import type { Clock } from '../../core/clock.ts'
import { Counts } from './counts.ts'
import { inTransaction, type Database } from './database.ts'
import { diskFull, isBusy, isDiskFull, toNotifyError } from './failures.ts'
import { READS, RESCUED, type Answer, type Operation, type Operations } from './operations.ts'
import type { Reserve } from './reserve.ts'
import { Store, type Claim } from './store.ts'
import { StoreCare } from './store-care.ts'

const NO_RESERVE =
  'The outbox could not keep its reserve of 1 MiB beside its file: on a full disk, what was sent could not be noted down'

export interface ExecutorInit {
  readonly database: Database
  readonly reserve: Reserve
  readonly clock: Pick<Clock, 'now'>
}

export class Executor {
  readonly #database: Database
  readonly #reserve: Reserve
  readonly #counts: Counts
  readonly #store: Store
  readonly #operations: Operations
  #isFull = false

  constructor({ database, reserve, clock }: ExecutorInit) {
    const counts = new Counts(database)
    const store = new Store({ database, counts, clock })
    const care = new StoreCare({ database, counts, clock })
    const version = database.prepare('PRAGMA data_version')
    this.#database = database
    this.#reserve = reserve
    this.#counts = counts
    this.#store = store
    this.#operations = {
      insert: (jobs) => this.#insert(jobs),
      claim: (claim) => this.#claim(claim),
      settle: (held, outcome) => store.settle(held, outcome),
      giveUp: (held, afterMs) => store.giveUp(held, afterMs),
      renew: (held) => store.renew(held),
      recover: (owner, mayDoubt) => store.recover(owner, mayDoubt),
      cancel: (id) => store.cancel(id),
      cancelsOf: (owner) => store.cancelsOf(owner),
      nextRunAt: () => store.nextRunAt(),
      pause: (channel) => store.pause(channel),
      resume: (channel) => store.resume(channel),
      get: (id) => care.get(id),
      list: (filter, limit, after) => care.list(filter, limit, after),
      counts: () => care.counts(),
      replay: (filter) => care.replay(filter),
      purge: (filter) => care.purge(filter),
      tidy: (retention) => care.tidy(retention),
      version: () => (version.get() as { readonly data_version: number }).data_version,
      regain: () => this.#regain(),
      check: () => this.#check(),
    }
    this.#isFull = reserve.take() === 'no room'
  }

  /** How long it holds up its thread for another connection that is writing, in milliseconds. */
  waitFor(ms: number): void {
    this.#database.exec(`PRAGMA busy_timeout=${ms}`)
  }

  close(): void {
    // Some libraries keep the file open until its statements are collected: the next start would find a long log.
    answered(() => this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)'))
    this.#database.close()
  }

  /** @returns nothing where another connection is writing: then nothing was done, and it may be asked again */
  execute(operations: readonly Operation[]): Answer[] | undefined {
    if (!operations.some((operation) => this.#isWriting(operation))) {
      return operations.map((operation) => answered(() => this.#run(operation)))
    }
    try {
      const values = this.#transaction(() => operations.map((operation) => this.#run(operation)))
      return values.map((value) => ({ value }))
    } catch (cause) {
      if (isBusy(cause)) return undefined
      // Nothing of it was kept: one by one, so that only who cannot be served fails.
      return operations.map((operation) => this.#alone(operation))
    }
  }

  #alone(operation: Operation): Answer {
    const run = () => this.#transaction(() => this.#run(operation))
    try {
      return { value: run() }
    } catch (cause) {
      if (!isDiskFull(cause)) return { error: toNotifyError(cause) }
      this.#isFull = true
      // What was sent is noted down in the room that was kept for it.
      if (!RESCUED.includes(operation[0]) || !this.#reserve.release()) return { error: toNotifyError(cause) }
      return answered(run)
    }
  }

  #isWriting([name, ...values]: Operation): boolean {
    if (name !== 'claim') return !READS.includes(name)
    if (this.#isFull) return false
    try {
      return this.#store.hasWork((values[0] as Claim).channel)
    } catch {
      // It fails again where its caller is told.
      return true
    }
  }

  #run([name, ...values]: Operation): unknown {
    const operations = this.#operations as unknown as Record<
      string,
      (...values: readonly unknown[]) => unknown
    >
    return operations[name]?.(...values)
  }

  /** While the disk is full, what room there is belongs to what was sent. */
  #insert(jobs: Parameters<Operations['insert']>[0]): ReturnType<Operations['insert']> {
    if (!this.#regain()) throw diskFull()
    return this.#store.insert(jobs)
  }

  #claim(claim: Claim): ReturnType<Operations['claim']> {
    // What could not be noted down afterwards is not begun.
    return this.#isFull ? [] : this.#store.claim(claim)
  }

  #transaction<Value>(run: () => Value): Value {
    try {
      return inTransaction(this.#database, () => {
        const value = run()
        this.#counts.write()
        return value
      })
    } catch (cause) {
      this.#counts.forget()
      throw cause
    }
  }

  #regain(): boolean {
    if (this.#isFull) this.#isFull = this.#reserve.take() === 'no room'
    return !this.#isFull
  }

  #check(): string[] {
    // Says where the file cannot be read.
    this.#store.nextRunAt()
    if (!this.#regain()) {
      return ['The disk of the outbox has no room left: nothing is attempted until there is some again']
    }
    return this.#reserve.take() === 'kept' ? [] : [NO_RESERVE]
  }
}

function answered(run: () => unknown): Answer {
  try {
    return { value: run() }
  } catch (cause) {
    return { error: toNotifyError(cause) }
  }
}
