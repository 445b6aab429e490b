/**
 * Texts that stand in Redis and can be read only by who knows the name they are kept under, which itself stands there
 * as a hash: a receipt may list its recipients.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'

const CIPHER = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16

export function seal(text: string, name: string): string {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(CIPHER, secretOf(name), nonce, { authTagLength: TAG_BYTES })
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64')
}

/** @returns nothing where it was not sealed under this name */
export function unseal(text: string, name: string): string | undefined {
  const bytes = Buffer.from(text, 'base64')
  const nonce = bytes.subarray(0, NONCE_BYTES)
  const tag = bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES)
  try {
    const decipher = createDecipheriv(CIPHER, secretOf(name), nonce, { authTagLength: TAG_BYTES })
    decipher.setAuthTag(tag)
    const opened = [decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]
    return Buffer.concat(opened).toString('utf8')
  } catch {
    return undefined
  }
}

/** Nothing that is read off the hash the name stands there as. */
function secretOf(name: string): Buffer {
  return createHash('sha256')
    .update(JSON.stringify(['seal', name]))
    .digest()
}
