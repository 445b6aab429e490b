/**
 * Tencent Cloud's request signature, TC3-HMAC-SHA256, of a POST with a JSON body.
 * Source, read 2026-11-23: https://cloud.tencent.com/document/api/362/4208
 */
import { createHash, createHmac } from 'node:crypto'

export interface Tc3Request {
  readonly host: string
  readonly action: string
  /** The service's name, which is also the first label of its host name: `sms`. */
  readonly service: string
  readonly body: string
  /** Unix time in seconds. */
  readonly timestamp: number
}

export interface Tc3Keys {
  readonly secretId: string
  readonly secretKey: string
}

const ALGORITHM = 'TC3-HMAC-SHA256'
const SIGNED_HEADERS = 'content-type;host;x-tc-action'

export const CONTENT_TYPE = 'application/json; charset=utf-8'

/** The value of the Authorization header. */
export function tc3Authorization(request: Tc3Request, { secretId, secretKey }: Tc3Keys): string {
  const { service, timestamp } = request
  const date = new Date(timestamp * 1000).toISOString().slice(0, 10)
  const scope = `${date}/${service}/tc3_request`
  const toSign = [ALGORITHM, timestamp, scope, sha256(canonicalRequest(request))].join('\n')
  const key = [date, service, 'tc3_request'].reduce<string | Buffer>(
    (parent, part) => createHmac('sha256', parent).update(part).digest(),
    `TC3${secretKey}`,
  )
  const signature = createHmac('sha256', key).update(toSign).digest('hex')
  return `${ALGORITHM} Credential=${secretId}/${scope}, SignedHeaders=${SIGNED_HEADERS}, Signature=${signature}`
}

function canonicalRequest({ host, action, body }: Tc3Request): string {
  const headers = `content-type:${CONTENT_TYPE}\nhost:${host}\nx-tc-action:${action.toLowerCase()}\n`
  return ['POST', '/', '', headers, SIGNED_HEADERS, sha256(body)].join('\n')
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
