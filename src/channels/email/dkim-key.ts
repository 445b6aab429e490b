/** A DKIM key, parsed once: parsing the PEM for every message costs more than signing it. */
import { createPrivateKey, KeyObject } from 'node:crypto'
import * as z from 'zod'
import { readDomain } from './address.ts'

/** RFC 8301: verifiers must not accept shorter RSA keys. */
const MIN_BITS = 1024

/** RFC 6376 section 3.1. */
const SELECTOR = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i

export const dkimKey = z.strictObject({
  /** The signing domain, whose DNS holds the public key. */
  domain: z.string().refine((domain) => readDomain(domain) !== undefined, 'expected a domain name'),
  /** The public key stands at `<selector>._domainkey.<domain>`. */
  selector: z.string().max(253).regex(SELECTOR, 'expected DNS labels in ASCII such as s1'),
  /** RSA of 1024 bits or more (2048 is usual), in PEM or as a KeyObject. */
  privateKey: z
    .custom<string | KeyObject>((key) => typeof key === 'string' || key instanceof KeyObject, {
      message: 'expected a private key in PEM or a KeyObject',
    })
    .transform((input, context) => {
      const key = parseKey(input)
      if (key?.type === 'private' && key.asymmetricKeyType === 'rsa' && bitsOf(key) >= MIN_BITS) return key
      context.addIssue({
        code: 'custom',
        message: `expected an RSA private key of at least ${MIN_BITS} bits, without a passphrase`,
      })
      return z.NEVER
    }),
})

export type DkimKey = z.output<typeof dkimKey>

function parseKey(input: string | KeyObject): KeyObject | undefined {
  if (typeof input !== 'string') return input
  try {
    return createPrivateKey(input)
  } catch {
    return undefined
  }
}

const bitsOf = (key: KeyObject) => key.asymmetricKeyDetails?.modulusLength ?? 0
