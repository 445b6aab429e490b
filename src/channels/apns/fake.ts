/**
 * APNs on 127.0.0.1: HTTP/2 over TLS, provider tokens or a client certificate verified, headers and payload
 * judged by Apple's rules, and every way a connection to Apple is known to break.
 */
import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { systemClock, type Clock } from '../../core/clock.ts'
import type { FakeWatch } from '../../core/fake.ts'
import { FakeApns } from './fake-apns.ts'
import { selfSigned } from './fake-certificate.ts'
import { FakeLine } from './fake-line.ts'
import type { FakePush } from './fake-rules.ts'
import { FakeServer } from './fake-server.ts'
import { FakeTokens } from './fake-tokens.ts'

export type { FakeApns, GoAway, RefuseOptions } from './fake-apns.ts'
export type { FakePush } from './fake-rules.ts'
export type { LineFault } from './fake-line.ts'

export interface FakeApnsOptions {
  /** @default the machine's */
  readonly clock?: Clock
  /** @default 'com.example.app' */
  readonly bundleId?: string
  /** Client certificates to accept besides its own, as PEM. */
  readonly trustedCertificates?: readonly string[]
  /** Every app's topics may be pushed to, not those of `bundleId` alone. @default false */
  readonly servesAll?: boolean
  /** @default a random one */
  readonly port?: number
  readonly watch?: FakeWatch<FakePush>
}

/** Starts APNs on a random port, with a certificate, a token key and a client certificate of its own. */
export async function startFakeApns(options: FakeApnsOptions = {}): Promise<FakeApns> {
  const { clock = systemClock, bundleId = 'com.example.app', trustedCertificates = [] } = options
  const { servesAll = false, port = 0, watch = {} } = options
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const credentials = { type: 'token', key, keyId: 'FAKEKEY123', teamId: 'FAKETEAM12' } as const
  const tls = selfSigned('localhost')
  const client = selfSigned(`Apple Push Services: ${bundleId}`)
  const clientCas = [client.cert, ...trustedCertificates]
  const server = new FakeServer({ ...tls, clientCas })
  const line = new FakeLine(await server.listen())
  return new FakeApns({
    port: await line.listen(port),
    ...{ bundleId, servesAll, watch },
    tls,
    client,
    credentials,
    fingerprints: new Set(clientCas.map((pem) => new X509Certificate(pem).fingerprint256)),
    tokens: new FakeTokens({ publicKey, ...credentials }, clock),
    server,
    line,
  })
}
