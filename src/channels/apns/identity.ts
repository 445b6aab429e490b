/** Who we are to APNs: a token key that signs JWTs, or a certificate shown in the TLS handshake. */
import type { SecureContextOptions } from 'node:tls'
import type { Clock } from '../../core/clock.ts'
import type { ApnsConfig } from './config.ts'
import { certificateIn, loadCertificate, loadSigningKey } from './credentials.ts'
import { ProviderTokens, type ProviderToken } from './provider-token.ts'

export class Identity {
  readonly #tokens: ProviderTokens | undefined
  readonly #tls: SecureContextOptions
  readonly #secrets: readonly string[]

  /** @throws {NotifyError} INVALID_CONFIG, when the key or certificate cannot be used */
  constructor(auth: ApnsConfig['auth'], clock: Clock) {
    if (auth.type === 'token') {
      const { key, secrets } = loadSigningKey(auth)
      this.#tokens = new ProviderTokens({ key, keyId: auth.keyId, teamId: auth.teamId }, clock)
      this.#tls = {}
      this.#secrets = secrets
    } else {
      const { tls, secrets } = loadCertificate(auth)
      this.#tls = tls
      this.#secrets = secrets
    }
  }

  get tls(): SecureContextOptions {
    return this.#tls
  }

  /** Our certificate as PEM, without its key. Absent with a token key. */
  get certificate(): string | undefined {
    return this.#tokens ? undefined : certificateIn(this.#tls)
  }

  /** Absent with a certificate. */
  token(): ProviderToken | undefined {
    return this.#tokens?.current()
  }

  /** After APNs called `used` expired: whether there is another token to send with. */
  renew(used: ProviderToken): boolean {
    return this.#tokens?.expired(used) === 'replaced'
  }

  *secrets(): Iterable<string> {
    yield* this.#secrets
    yield* this.#tokens?.secrets() ?? []
  }
}
