/** What a test can make a channel fail with: a scope's typical failure, a code, or an error of its own. */
import { NotifyError, type NotifyErrorDetails } from '../core/errors.ts'
import { FAILURES, type FailureCode } from '../core/failures.ts'
import { invalid } from '../core/parse.ts'

interface Typical extends NotifyErrorDetails {
  readonly code: FailureCode
}

const TYPICAL = {
  /** The provider refuses the content. */
  message: { code: 'CONTENT_REJECTED' },
  /** There is no such recipient. */
  recipient: { code: 'RECIPIENT_REJECTED', reason: 'invalid' },
  credentials: { code: 'UNAUTHORIZED' },
  /** Too many at once. */
  quota: { code: 'RATE_LIMITED' },
  /** The provider is down, and says so: nothing was sent. */
  provider: { code: 'UNAVAILABLE', delivery: 'not_sent' },
  /** No answer: it may have been sent. */
  network: { code: 'TIMED_OUT', delivery: 'unknown' },
  /** The driver failed in a way that nobody foresaw. */
  unknown: { code: 'DRIVER_FAILED', delivery: 'unknown' },
} as const satisfies Record<string, Typical>

/**
 * What is at fault (`recipient`, `provider`), which stands for that scope's typical failure; a code, with the
 * certainty of the table in `docs/errors.md`; or an error in all its details.
 */
export type FakeFailure = keyof typeof TYPICAL | FailureCode | NotifyError

/** @throws {NotifyError} INVALID_CONFIG, where it is none of these */
export function failureFrom(failure: FakeFailure): NotifyError {
  if (NotifyError.isNotifyError(failure)) return failure
  if (Object.hasOwn(FAILURES, failure)) return new NotifyError(failure as FailureCode, textOf(failure))
  if (!Object.hasOwn(TYPICAL, failure)) {
    const message = `expected ${Object.keys(TYPICAL).join(', ')}, a failure code or a NotifyError`
    throw invalid('INVALID_CONFIG', [{ path: 'failure', message }])
  }
  const { code, ...details }: Typical = TYPICAL[failure as keyof typeof TYPICAL]
  return new NotifyError(code, textOf(failure), details)
}

function textOf(failure: string): string {
  return `The test told this channel to fail: ${failure}`
}

/** The failures that one channel has been told to have. */
export class ToldFailures {
  readonly #next: NotifyError[] = []
  #lasting: NotifyError | undefined

  /** @param times how many tries fail; without it all do from now on */
  tell(failure: NotifyError, times: number | undefined): void {
    if (times === undefined) this.#lasting = failure
    else for (let count = 0; count < times; count += 1) this.#next.push(failure)
  }

  /** What the next try fails with. */
  take(): NotifyError | undefined {
    return this.#next.shift() ?? this.#lasting
  }

  /** What every try fails with. */
  get lasting(): NotifyError | undefined {
    return this.#lasting
  }
}
