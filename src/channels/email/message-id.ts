/** Message-IDs that are the same at every try, so that a receiver can tell a repeated message from a new one. */
import { createHash } from 'node:crypto'
import { domainOf, type Mailbox } from './address.ts'

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'
const LENGTH = 32

/** The local part: 160 bits in base32, from the key and whom the message goes to. */
export function messageToken(key: string, recipients: readonly Mailbox[]): string {
  const hash = createHash('sha256').update(key)
  for (const { address } of recipients) hash.update('|').update(address)
  const digest = hash.digest()
  let token = ''
  for (let bit = 0; token.length < LENGTH; bit += 5) {
    const pair = digest.readUInt16BE(bit >> 3)
    token += ALPHABET[(pair >> (11 - (bit & 7))) & 31] ?? ''
  }
  return token
}

/** The whole header value, in the sender's domain. */
export function messageIdOf(token: string, from: Mailbox): string {
  return `<${token}@${domainOf(from)}>`
}
