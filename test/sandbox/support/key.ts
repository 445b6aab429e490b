/** A token key as Apple gives them, of nobody. */
import { generateKeyPairSync } from 'node:crypto'

export function selfSignedKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}
