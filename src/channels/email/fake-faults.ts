/** What a fake SMTP server has been told to do wrong, in order. */
import type { FakeFault, PlannedFault } from '../../core/fake.ts'
import type { FakeCommand, FakeRefusal } from './fake-options.ts'

export type ArmedFault = PlannedFault

export class FakeFaults {
  readonly #armed: ArmedFault[] = []
  readonly #refusals: FakeRefusal[] = []

  failNext(fault: FakeFault): Promise<void> {
    return new Promise((happened) => {
      this.#armed.push({ fault, happened })
    })
  }

  refuseNext(refusal: FakeRefusal): void {
    this.#refusals.push(refusal)
  }

  /** The next fault, if it strikes before a message is taken. */
  takeUnreachable(): ArmedFault | undefined {
    return this.#armed[0]?.fault === 'unreachable' ? this.#armed.shift() : undefined
  }

  /** The next fault, once a message is there. */
  takeAfterMessage(): ArmedFault | undefined {
    return this.#armed[0]?.fault === 'unreachable' ? undefined : this.#armed.shift()
  }

  /** The reply to this command, if it is to be refused. */
  takeRefusal(command: FakeCommand): string | undefined {
    const at = this.#refusals.findIndex((refusal) => refusal.command === command)
    return at < 0 ? undefined : this.#refusals.splice(at, 1)[0]?.reply
  }
}
