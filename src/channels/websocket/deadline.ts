/** Ends a session when its time is over, unless the timer that it is given to is cancelled before. */
import type { CloseReason } from './close-codes.ts'
import type { Session } from './session.ts'
import type { Timed } from './wheel.ts'

export class Deadline implements Timed {
  readonly #session: Session
  readonly #reason: CloseReason

  constructor(session: Session, reason: CloseReason) {
    this.#session = session
    this.#reason = reason
  }

  fire(): void {
    this.#session.end(this.#reason)
  }
}
