/** What the fake was told to do to its next calls. */
import type { FakeFault } from '../../core/fake.ts'

/** Which call is meant: the one that sends, or the one that issues an access token. */
export type FakeCall = 'message' | 'token'

/** An answer in place of WeChat's own. */
export interface FakeAnswer {
  readonly status?: number
  readonly body: string
}

type Step = { readonly fault: FakeFault; readonly happened: () => void } | { readonly answer: FakeAnswer }

export class FakeScript {
  readonly #steps: Record<FakeCall, Step[]> = { message: [], token: [] }
  readonly #refused: (() => void)[] = []

  /** Resolves when the fault has happened. */
  fail(fault: FakeFault, on: FakeCall): Promise<void> {
    return new Promise((resolve) => {
      if (fault === 'unreachable') this.#refused.push(resolve)
      else this.#steps[on].push({ fault, happened: resolve })
    })
  }

  answer(answer: FakeAnswer, on: FakeCall): void {
    this.#steps[on].push({ answer })
  }

  /** Whether to reset what arrives now, before reading it. */
  takeUnreachable(): boolean {
    const happened = this.#refused.shift()
    happened?.()
    return happened !== undefined
  }

  take(call: FakeCall): Step | undefined {
    return this.#steps[call].shift()
  }
}
