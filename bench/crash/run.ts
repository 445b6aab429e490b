/** One engine through its crashes: children killed while they enqueue and while they deliver, and the server under them too. */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { startFakeSmtp, type FakeSmtp } from '../../src/channels/email/fake.ts'
import type { Order, Word } from './child.ts'
import type { EngineSpec } from './engine.ts'

export interface Subject {
  readonly engine: string
  readonly spec: EngineSpec
  /** Ends the server as a crash does, and starts it again; absent where there is none. */
  readonly crashServer?: (() => Promise<void>) | undefined
}

export interface Tally {
  readonly engine: string
  readonly acknowledged: number
  /** Acknowledged, and neither received nor accounted for. */
  readonly lost: number
  /** Received more than once: a kill fell between the provider's yes and our note of it. */
  readonly duplicated: number
  /** Acknowledged, and not at an end when nothing happened any more. */
  readonly stuck: number
  /** Ended as `unknown`: held, because nobody can tell whether they went out. */
  readonly held: number
  /** Jobs beyond one for each key. */
  readonly extra: number
  readonly kills: number
  /** What may have been under way at the kills; no more can be duplicated. */
  readonly inFlightAtMost: number
}

const CHILD = join(import.meta.dirname, 'child.ts')
const CONCURRENCY = 50
const KILLS_EACH = 3
/** Nothing more is to be expected when nothing has come for so long. */
const QUIET_MS = 20_000

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

export class CrashRun {
  readonly #subject: Subject
  readonly #count: number
  readonly #ids = new Map<number, string>()
  /** How often each message came, by its number. */
  readonly #received = new Map<number, number>()
  #statuses: Record<string, string> = {}
  #kills = 0
  #workerKills = 0

  constructor(subject: Subject, count: number) {
    this.#subject = subject
    this.#count = count
  }

  async run(): Promise<Tally> {
    const smtp = await startFakeSmtp()
    try {
      await this.#enqueueAll(smtp.port)
      await this.#deliverAll(smtp)
      for (const { to } of smtp.accepted) this.#countIn(to[0] ?? '')
      await this.#ask(smtp.port)
      return this.#tally()
    } finally {
      await smtp.close()
    }
  }

  #start(mode: Order['mode'], smtpPort: number, from = 0): ChildProcess {
    const order: Order = { engine: this.#subject.spec, mode, smtpPort, from, to: this.#count }
    const child = fork(CHILD, [JSON.stringify(order)], {
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    child.on('message', (word: Word) => this.#hear(word))
    return child
  }

  #hear(word: Word): void {
    if ('acknowledged' in word) for (const [number, id] of word.acknowledged) this.#ids.set(number, id)
    if ('statuses' in word) Object.assign(this.#statuses, word.statuses)
  }

  /** What is not acknowledged is enqueued again by the next child, under the same key. */
  async #enqueueAll(port: number): Promise<void> {
    for (let round = 1; round <= KILLS_EACH; round += 1) {
      const goal = Math.floor((this.#count * round) / (KILLS_EACH + 1))
      const child = this.#start('enqueue', port, this.#firstMissing())
      await until(() => this.#ids.size >= goal || hasEnded(child), QUIET_MS * 3)
      // The server first: its clients live, and must neither lose nor double what they are told of.
      if (round === 2) await this.#subject.crashServer?.()
      await this.#kill(child)
    }
    while (this.#ids.size < this.#count) {
      const child = this.#start('enqueue', port, this.#firstMissing())
      await once(child, 'exit')
    }
  }

  async #deliverAll(smtp: FakeSmtp): Promise<void> {
    for (let round = 1; round <= KILLS_EACH; round += 1) {
      const goal = Math.floor((this.#count * round) / (KILLS_EACH + 1))
      const child = this.#start('work', smtp.port)
      await until(() => smtp.accepted.length >= goal || hasEnded(child), QUIET_MS * 3)
      if (round === 2) await this.#subject.crashServer?.()
      this.#workerKills += 1
      await this.#kill(child)
    }
    const child = this.#start('work', smtp.port)
    for (let before = -1; before < smtp.accepted.length;) {
      before = smtp.accepted.length
      await until(() => smtp.accepted.length > before + this.#count / 4 || this.#hasAll(smtp), QUIET_MS)
      if (this.#hasAll(smtp)) break
    }
    const gone = once(child, 'exit')
    // What is being noted down is given the time for it.
    await pause(2_000)
    child.kill('SIGKILL')
    await gone
  }

  #hasAll({ accepted }: FakeSmtp): boolean {
    return new Set(accepted.map(({ to }) => to[0])).size >= this.#count
  }

  #firstMissing(): number {
    let number = 0
    while (this.#ids.has(number)) number += 1
    return number
  }

  async #kill(child: ChildProcess): Promise<void> {
    if (hasEnded(child)) return
    this.#kills += 1
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }

  #countIn(address: string): void {
    const number = Number(/^n(\d+)@/.exec(address)?.[1])
    this.#received.set(number, (this.#received.get(number) ?? 0) + 1)
  }

  async #ask(port: number): Promise<void> {
    this.#statuses = {}
    await once(this.#start('report', port), 'exit')
  }

  #tally(): Tally {
    const acknowledged = [...this.#ids]
    const statusOf = (id: string) => this.#statuses[id]
    const isReceived = (number: number) => (this.#received.get(number) ?? 0) > 0
    const held = acknowledged.filter(([, id]) => statusOf(id) === 'unknown').length
    const lost = acknowledged.filter(
      ([number, id]) =>
        !isReceived(number) && !['queued', 'scheduled', 'sending', 'unknown'].includes(statusOf(id) ?? ''),
    ).length
    const stuck = acknowledged.filter(([, id]) =>
      ['queued', 'scheduled', 'sending', undefined].includes(statusOf(id)),
    ).length
    return {
      engine: this.#subject.engine,
      ...{ acknowledged: acknowledged.length, lost, stuck, held, kills: this.#kills },
      duplicated: [...this.#received.values()].filter((times) => times > 1).length,
      extra: Object.keys(this.#statuses).length - new Set(this.#ids.values()).size,
      inFlightAtMost: (this.#workerKills + 1) * CONCURRENCY,
    }
  }
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null

async function until(isSo: () => boolean, patienceMs: number): Promise<void> {
  const endAt = performance.now() + patienceMs
  while (!isSo() && performance.now() < endAt) await pause(20)
}
