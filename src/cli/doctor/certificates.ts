/** Judges certificates: the server's by the handshake, ours by its own dates. */
import { X509Certificate } from 'node:crypto'
import type { Clock } from '../../core/clock.ts'
import type { Endpoint } from '../../core/endpoint.ts'
import { failed, ok, warning, type Finding } from './finding.ts'
import type { Handshake } from './handshake.ts'

const DAY_MS = 86_400_000
const SOON_MS = 14 * DAY_MS

const NOT_YET_VALID = 'CERT_NOT_YET_VALID'
const EXPIRED = 'CERT_HAS_EXPIRED'
const OTHER_NAME = 'ERR_TLS_CERT_ALTNAME_INVALID'

const RENEW_AT_APPLE =
  'Make a new certificate (Apple Developer > Certificates), or change to a .p8 key, which does not expire'

export function judgeServer(endpoint: Endpoint, seen: Handshake, clock: Clock): Finding {
  if (endpoint.isVerified === false) return judgeUnverified(seen)
  if (seen.problem !== undefined) return untrusted(endpoint, seen)
  const leftMs = seen.validTo - clock.now()
  const message = `${seen.protocol}, certificate for ${shown(seen.names)} valid until ${day(seen.validTo)}`
  if (leftMs >= SOON_MS) return ok('tls', message)
  const fix = `Have the server's certificate renewed before ${day(seen.validTo)}: automatic renewal seems to have stopped`
  return warning('tls', { message: `${message}, ${days(leftMs)}`, fix })
}

/** @param pem the certificate that we show */
export function judgeOwn(pem: string, { protocol }: Endpoint, clock: Clock): Finding {
  const { validTo, validFrom } = new X509Certificate(pem)
  const until = Date.parse(validTo)
  const leftMs = until - clock.now()
  const fix =
    protocol === 'h2'
      ? RENEW_AT_APPLE
      : 'Have our certificate renewed, and give the new one as tls.cert and tls.key'
  if (leftMs <= 0) {
    const message = `our certificate expired on ${day(until)}`
    return failed('client-certificate', { message, fix, code: 'UNAUTHORIZED', providerCode: EXPIRED })
  }
  const from = Date.parse(validFrom)
  if (from > clock.now()) {
    const message = `our certificate is valid from ${day(from)} only`
    const trouble = { message, fix: "Check this machine's clock, or wait", code: 'UNAUTHORIZED' } as const
    return failed('client-certificate', { ...trouble, providerCode: NOT_YET_VALID })
  }
  const message = `our certificate is valid until ${day(until)}`
  if (leftMs >= SOON_MS) return ok('client-certificate', message)
  return warning('client-certificate', { message: `${message}, ${days(leftMs)}`, fix })
}

function judgeUnverified({ problem, protocol }: Handshake): Finding {
  const found = problem === undefined ? 'it would pass' : `it would not pass (${problem})`
  return warning('tls', {
    message: `${protocol}, but the certificate is not verified; ${found}`,
    fix: 'Set tls.rejectUnauthorized back to true, and give the issuing CA as tls.ca where it is your own',
  })
}

function untrusted({ host, servername }: Endpoint, { problem = '', names, validTo }: Handshake): Finding {
  const name = servername ?? host
  const trouble = { code: 'UNAVAILABLE', providerCode: problem } as const
  switch (problem) {
    case OTHER_NAME:
      return failed('tls', {
        ...trouble,
        message: `the certificate is for ${shown(names)}, not for ${name}`,
        fix: `Use a host (or tls.servername) that the certificate names, or have one issued for ${name}`,
      })
    case EXPIRED:
      return failed('tls', {
        ...trouble,
        message: `the server's certificate expired on ${day(validTo)}`,
        fix: "Have the server's certificate renewed; if it is new, check this machine's clock",
      })
    default:
      return failed('tls', {
        ...trouble,
        message: `the server's certificate is not trusted (${problem})`,
        fix: 'Give the CA that issued it as ca (SMTP: tls.ca), or have the server send its whole chain',
      })
  }
}

/** A certificate may be for hundreds. */
function shown(names: readonly string[]): string {
  const first = names.slice(0, 3).join(', ')
  return names.length > 3 ? `${first} and ${names.length - 3} more` : first
}

function days(ms: number): string {
  const count = Math.floor(ms / DAY_MS)
  return `${count} ${count === 1 ? 'day' : 'days'} left`
}

/** Of a certificate that gives no time that can be read, no day. */
function day(time: number): string {
  return Number.isNaN(time) ? 'an unknown day' : new Date(time).toISOString().slice(0, 10)
}
