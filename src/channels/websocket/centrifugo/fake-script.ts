/** What the fake was told to do to its next calls. */
import type { FakeFault } from '../../../core/fake.ts'
import type { FakeMethod } from './fake-requests.ts'

/** An answer in place of the server's own. */
export interface FakeCentrifugoAnswer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
}

export type FakeStep =
  | { readonly fault: FakeFault; readonly happened: () => void }
  | { readonly error: { readonly code: number; readonly message: string } }
  | { readonly answer: FakeCentrifugoAnswer }

export class FakeScript {
  readonly #steps = new Map<FakeMethod, FakeStep[]>()
  readonly #unreachable: (() => void)[] = []

  /** Resolves when the fault has happened. */
  fail(fault: FakeFault, on: FakeMethod): Promise<void> {
    return new Promise((happened) => {
      if (fault === 'unreachable') this.#unreachable.push(happened)
      else this.plan(on, { fault, happened })
    })
  }

  plan(on: FakeMethod, step: FakeStep): void {
    this.#steps.set(on, [...(this.#steps.get(on) ?? []), step])
  }

  /** Whether to reset what arrives now, before reading it. */
  takeUnreachable(): boolean {
    const happened = this.#unreachable.shift()
    happened?.()
    return happened !== undefined
  }

  take(method: FakeMethod): FakeStep | undefined {
    return this.#steps.get(method)?.shift()
  }
}
