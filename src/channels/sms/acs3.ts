/**
 * Alibaba Cloud's request signature, ACS3-HMAC-SHA256.
 * Source, read 2026-11-23: https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature
 */
import { createHash, createHmac } from 'node:crypto'

export interface Acs3Request {
  readonly method: string
  readonly pathname: string
  readonly query: Readonly<Record<string, string>>
  /** By lower-case name; `host` and all `x-acs-*` are signed. */
  readonly headers: Readonly<Record<string, string>>
}

export interface Acs3Keys {
  readonly accessKeyId: string
  readonly accessKeySecret: string
}

const ALGORITHM = 'ACS3-HMAC-SHA256'

export const EMPTY_BODY_SHA256 = sha256('')

/** The value of the Authorization header. */
export function authorization(request: Acs3Request, { accessKeyId, accessKeySecret }: Acs3Keys): string {
  const signed = Object.keys(request.headers).filter(isSigned).sort()
  const signedHeaders = signed.join(';')
  const canonical = [
    request.method,
    request.pathname,
    canonicalQuery(request.query),
    ...signed.map((name) => `${name}:${request.headers[name]?.trim() ?? ''}`),
    '',
    signedHeaders,
    request.headers['x-acs-content-sha256'] ?? EMPTY_BODY_SHA256,
  ].join('\n')
  const signature = createHmac('sha256', accessKeySecret).update(`${ALGORITHM}\n${sha256(canonical)}`)
  return `${ALGORITHM} Credential=${accessKeyId},SignedHeaders=${signedHeaders},Signature=${signature.digest('hex')}`
}

/** Sorted and encoded by RFC 3986; also the form in which the query is sent. */
export function canonicalQuery(query: Readonly<Record<string, string>>): string {
  const names = Object.keys(query).sort()
  return names.map((name) => `${encode(name)}=${encode(query[name] ?? '')}`).join('&')
}

function isSigned(name: string): boolean {
  return name === 'host' || name === 'content-type' || name.startsWith('x-acs-')
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
