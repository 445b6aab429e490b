/** Follows the way to a provider, step by step, and measures how far its clock is from ours. */
import type { Endpoint } from '../../core/endpoint.ts'
import { judgeOwn, judgeServer } from './certificates.ts'
import { failed, ok, skipped, warning, type Finding } from './finding.ts'
import { shakeHands } from './handshake.ts'
import { checkReach } from './reach.ts'
import { serverDate } from './server-date.ts'
import { askStartTls } from './starttls.ts'
import { codeOf, within, type Limits } from './within.ts'

export interface Way {
  readonly findings: readonly Finding[]
  /** Whether there is a connection to go on with. */
  readonly isReached: boolean
  /** Our clock less the server's, in milliseconds; nothing where it did not tell. */
  readonly skewMs: number | undefined
}

export async function follow(endpoint: Endpoint, limits: Limits): Promise<Way> {
  const reach = await checkReach(endpoint.proxy ?? endpoint, limits)
  const own = endpoint.clientCertificate
  const mine = own === undefined ? [] : [judgeOwn(own, endpoint, limits.clock)]
  if (!reach.isReached) return { ...reach, findings: [...reach.findings, ...mine], skewMs: undefined }
  if (endpoint.proxy !== undefined) {
    const rest = skipped('tls', 'not looked at through a proxy; the credentials are checked through it')
    return { findings: [...reach.findings, rest, ...mine], isReached: true, skewMs: undefined }
  }
  const [secure, skewMs] = await Promise.all([checkSecurity(endpoint, limits), measure(endpoint, limits)])
  return { findings: [...reach.findings, ...secure, ...mine], isReached: true, skewMs }
}

/** Half of the way there and back, and half of the second that the header leaves out. */
async function measure(endpoint: Endpoint, limits: Limits): Promise<number | undefined> {
  if (endpoint.protocol === 'mail') return undefined
  const { clock } = limits
  const startedAt = clock.now()
  const theirs = await within(limits, (signal) => serverDate(endpoint, signal)).catch(() => undefined)
  return theirs === undefined ? undefined : (startedAt + clock.now()) / 2 - (theirs + 500)
}

async function checkSecurity(endpoint: Endpoint, limits: Limits): Promise<readonly Finding[]> {
  if (endpoint.tls === 'none') return [skipped('tls', 'plain on loopback, or as the configuration allows')]
  if (endpoint.tls !== 'implicit') return checkStartTls(endpoint, limits)
  try {
    const seen = await within(limits, (signal) => shakeHands(endpoint, signal))
    return [judgeServer(endpoint, seen, limits.clock)]
  } catch (cause) {
    return [brokenHandshake(endpoint, cause)]
  }
}

async function checkStartTls(endpoint: Endpoint, limits: Limits): Promise<readonly Finding[]> {
  try {
    return await within(limits, async (signal) => {
      const { isOffered, socket } = await askStartTls(endpoint, signal)
      if (isOffered)
        return [
          ok('starttls', 'offered'),
          await secured(endpoint, limits, () => shakeHands(endpoint, signal, socket)),
        ]
      socket.destroy()
      return [notOffered(endpoint), skipped('tls', 'there is none without STARTTLS')]
    })
  } catch (cause) {
    const providerCode = codeOf(cause)
    const message = `the server could not be asked for STARTTLS: ${textOf(cause)}`
    const fix = `Check that an SMTP server for submission listens on port ${endpoint.port}; with TLS from the first byte set secure: true (port 465)`
    return [failed('starttls', { message, fix, code: 'UNAVAILABLE', providerCode })]
  }
}

async function secured(
  endpoint: Endpoint,
  { clock }: Limits,
  shake: () => ReturnType<typeof shakeHands>,
): Promise<Finding> {
  try {
    return judgeServer(endpoint, await shake(), clock)
  } catch (cause) {
    return brokenHandshake(endpoint, cause)
  }
}

function notOffered({ tls, host, port }: Endpoint): Finding {
  const message = `${host}:${port} does not offer STARTTLS`
  if (tls === 'starttls') {
    const fix =
      'Turn TLS on at the server, or use port 465 with secure: true; without it a password would travel in the clear'
    return failed('starttls', { message, fix, code: 'UNAVAILABLE' })
  }
  const fix =
    'Turn TLS on at the server and drop requireTLS: false: passwords and messages travel in the clear'
  return warning('starttls', { message, fix })
}

function brokenHandshake({ port, protocol }: Endpoint, cause: unknown): Finding {
  const providerCode = codeOf(cause)
  const isPlain = providerCode === 'ERR_SSL_WRONG_VERSION_NUMBER' || providerCode === 'ETIMEDOUT'
  const plainFix =
    protocol === 'mail'
      ? 'Set secure: false for a port with STARTTLS (587), or use port 465'
      : `Check that the server speaks TLS on port ${port}, and that no proxy answers instead`
  return failed('tls', {
    message: `no TLS on port ${port}: ${textOf(cause)}`,
    fix: isPlain ? plainFix : 'Have the server offer TLS 1.2 or 1.3, and check proxies that look into TLS',
    code: 'UNAVAILABLE',
    providerCode,
  })
}

/** OpenSSL's texts end with its own source lines. */
function textOf(cause: unknown): string {
  const code = codeOf(cause)
  if (!(cause instanceof Error) || code.startsWith('ERR_SSL')) return code
  return cause.message.slice(0, 200)
}
