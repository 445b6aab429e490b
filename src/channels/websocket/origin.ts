/** Keeps foreign pages from connecting in their visitors' name. Source: OWASP, "Cross-Site WebSocket Hijacking". */
import type { IncomingMessage } from 'node:http'

/** What was configured: the server's own origin where nothing was. */
export type AllowedOrigins = '*' | readonly string[] | undefined

export interface OriginRules {
  readonly origins?: AllowedOrigins
  readonly trustProxy: boolean
}

/** Only browsers send an Origin, and no page can leave it out: a client without one is no page. */
export function isOriginAllowed(request: IncomingMessage, { origins, trustProxy }: OriginRules): boolean {
  const { origin } = request.headers
  if (origin === undefined || origins === '*') return true
  const url = parseOrigin(origin)
  if (!url) return false
  return origins ? origins.includes(url.origin) : isSameOrigin(url, request, trustProxy)
}

/** The address of the peer, or what the trusted proxy nearest to us says of it. */
export function clientIp(request: IncomingMessage, trustProxy: boolean): string {
  const forwarded = trustProxy ? lastOf(request.headers['x-forwarded-for']) : undefined
  return forwarded ?? request.socket.remoteAddress ?? ''
}

function isSameOrigin(origin: URL, request: IncomingMessage, trustProxy: boolean): boolean {
  const isEncrypted = 'encrypted' in request.socket
  // A proxy may have taken the TLS off, so https over a plain socket is fine; the other way round it is a downgrade.
  if (isEncrypted && origin.protocol !== 'https:') return false
  const forwarded = trustProxy ? lastOf(request.headers['x-forwarded-host']) : undefined
  const host = forwarded ?? request.headers.host ?? ''
  return parseOrigin(`${origin.protocol}//${host}`)?.host === origin.host
}

/** Sandboxed frames and local files send the word `null`, which is nobody's origin. */
function parseOrigin(origin: string): URL | undefined {
  if (!URL.canParse(origin)) return undefined
  const url = new URL(origin)
  const isWeb = url.protocol === 'http:' || url.protocol === 'https:'
  const isBare = url.pathname === '/' && url.search === '' && url.hash === '' && url.username === ''
  return isWeb && isBare ? url : undefined
}

function lastOf(header: string | string[] | undefined): string | undefined {
  const values = Array.isArray(header) ? header.join(',') : header
  return values?.split(',').at(-1)?.trim()
}
