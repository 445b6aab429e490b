/** Thrown by a stage where a rule says that the delivery shall not be made: no failure, and nothing was tried. */

/**
 * `guard`: not to this recipient here. `expired`: too late. `suppressed`: the address is known to be dead.
 * `cancelled`: taken back before it was sent.
 */
export type SkipReason = 'guard' | 'expired' | 'suppressed' | 'cancelled'

export class Skipped extends Error {
  override readonly name = 'Skipped'
  readonly reason: SkipReason

  constructor(reason: SkipReason) {
    super(reason)
    this.reason = reason
  }
}
