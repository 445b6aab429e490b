/** What a provider says of one of the account's templates. */

export interface ProviderTemplate {
  /** The provider's own id. */
  readonly id: string
  readonly status: 'approved' | 'pending' | 'refused' | 'missing'
  /** The names of its variables, where the provider tells. */
  readonly variables?: readonly string[]
  /** Those that the configuration gives it, where it gives any. */
  readonly configured?: readonly string[]
}
