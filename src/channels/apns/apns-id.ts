/** The id of a push: the same at every try, so that Apple's logs and ours can be laid side by side. */
import { createHash } from 'node:crypto'
import { uuid } from './values.ts'

/** Of this package, so that our ids never meet those of another program that hashes the same key. */
const NAMESPACE = Buffer.from('9b1c6f0e5d3a4c0f8a4e2f7b6d1c0a95', 'hex')

/** What names a push. */
export interface PushIdentity {
  readonly id: string
  readonly idempotencyKey: string | undefined
}

/** The id of the delivery; with an idempotency key, one made from the key and the device. */
export function apnsIdOf({ id, idempotencyKey }: PushIdentity, to: string): string {
  if (idempotencyKey !== undefined) return uuidV5(`${idempotencyKey}\0${to.toLowerCase()}`)
  return uuid.safeParse(id).success ? id.toLowerCase() : uuidV5(id)
}

/** Source: RFC 9562, section 5.5. */
function uuidV5(name: string): string {
  const hash = createHash('sha1').update(NAMESPACE).update(name).digest().subarray(0, 16)
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x50, 6)
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8)
  return hash.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
