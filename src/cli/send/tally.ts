/** How a run of many messages goes: counted, shown while it runs, and summed up. */
import { EXIT } from '../exit-code.ts'
import type { CliIo } from '../io.ts'
import type { ResultLine } from './result-line.ts'

const REDRAW_MS = 100

export class Tally {
  readonly sent = { now: 0, before: 0 }
  valid = 0
  skipped = 0
  failed = 0
  readonly #io: CliIo
  readonly #startedAt = performance.now()
  #drawnAt = -REDRAW_MS

  constructor(io: CliIo) {
    this.#io = io
  }

  count({ status }: ResultLine): void {
    if (status === 'sent') this.sent.now += 1
    else this[status] += 1
    this.#draw()
  }

  countSentBefore(): void {
    this.sent.before += 1
    this.#draw()
  }

  /** Clears the line of progress. */
  end(): void {
    if (this.#io.isTty) this.#io.stderr.write('\r\x1b[K')
  }

  get exitCode(): number {
    if (this.failed > 0) return EXIT.failed
    return this.sent.now + this.sent.before + this.valid > 0 ? EXIT.ok : EXIT.nothing
  }

  toJSON(): object {
    const { sent, valid, skipped, failed } = this
    return { sent: sent.now, sentBefore: sent.before, valid, skipped, failed, seconds: this.#seconds }
  }

  toString(): string {
    const { sent, valid, skipped, failed } = this
    const counts = [
      [sent.now, 'sent'],
      [valid, 'valid'],
      [sent.before, 'sent before'],
      [skipped, 'skipped'],
      [failed, 'failed'],
    ] as const
    const told = counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`)
    return told.join(', ') || 'no messages'
  }

  get #seconds(): number {
    return Math.round(performance.now() - this.#startedAt) / 1000
  }

  #draw(): void {
    const now = performance.now()
    if (!this.#io.isTty || now - this.#drawnAt < REDRAW_MS) return
    this.#drawnAt = now
    const rate = Math.round((this.sent.now + this.valid) / Math.max(this.#seconds, 0.001))
    this.#io.stderr.write(`\r\x1b[K${String(this)}, ${rate} a second`)
  }
}
