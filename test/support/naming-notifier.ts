/** A driver that names the recipients that a test says, whatever the message. */
import { MemoryNotifier } from './memory-notifier.ts'

export class NamingNotifier extends MemoryNotifier {
  readonly #named: readonly string[]

  constructor(...named: readonly string[]) {
    super()
    this.#named = named
  }

  override recipients(): readonly string[] {
    return this.#named
  }
}
