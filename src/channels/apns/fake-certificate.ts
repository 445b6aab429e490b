/** Makes self-signed certificates (ECDSA P-256) with `node:crypto` alone, by writing their DER by hand (RFC 5280). */
import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'

export interface SelfSigned {
  /** PEM. */
  readonly cert: string
  /** PEM, PKCS #8. */
  readonly key: string
}

/** Wide, so that a test's clock may stand anywhere: UTCTime ends with 2049. */
const VALID_FROM = '200101000000Z'
const VALID_UNTIL = '491231235959Z'

const TAG = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8: 0x0c,
  utcTime: 0x17,
  sequence: 0x30,
  set: 0x31,
  version: 0xa0,
  extensions: 0xa3,
  dnsName: 0x82,
  ipAddress: 0x87,
} as const

const OID = {
  commonName: '550403',
  ecdsaWithSha256: '2a8648ce3d040302',
  subjectAltName: '551d11',
  basicConstraints: '551d13',
} as const

/** @param name the common name of its subject */
export function selfSigned(name: string): SelfSigned {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const body = toBeSigned(name, publicKey)
  const signature = sign('sha256', body, privateKey)
  const unusedBits = Buffer.from([0])
  const der = sequence(body, ALGORITHM, element(TAG.bitString, unusedBits, signature))
  return { cert: toPem(der), key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }
}

function toBeSigned(name: string, publicKey: KeyObject): Buffer {
  const version3 = element(TAG.version, element(TAG.integer, Buffer.from([2])))
  const serial = element(TAG.integer, Buffer.from([1]), randomBytes(15))
  const subject = sequence(element(TAG.set, sequence(oid(OID.commonName), utf8(name))))
  const validity = sequence(utcTime(VALID_FROM), utcTime(VALID_UNTIL))
  const key = publicKey.export({ type: 'spki', format: 'der' })
  return sequence(version3, serial, ALGORITHM, subject, validity, subject, key, extensions())
}

/** Good for `localhost` and both loopback addresses, and as its own authority. */
function extensions(): Buffer {
  const isTrue = Buffer.from([0xff])
  const names = sequence(
    element(TAG.dnsName, Buffer.from('localhost')),
    element(TAG.ipAddress, Buffer.from([127, 0, 0, 1])),
    element(TAG.ipAddress, Buffer.alloc(15), Buffer.from([1])),
  )
  const authority = sequence(element(0x01, isTrue))
  return element(
    TAG.extensions,
    sequence(
      sequence(oid(OID.subjectAltName), element(TAG.octetString, names)),
      sequence(oid(OID.basicConstraints), element(0x01, isTrue), element(TAG.octetString, authority)),
    ),
  )
}

function element(tag: number, ...contents: Buffer[]): Buffer {
  const content = Buffer.concat(contents)
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content])
}

function lengthOf(bytes: number): Buffer {
  if (bytes < 0x80) return Buffer.from([bytes])
  if (bytes < 0x100) return Buffer.from([0x81, bytes])
  return Buffer.from([0x82, bytes >> 8, bytes & 0xff])
}

const sequence = (...contents: Buffer[]) => element(TAG.sequence, ...contents)
const oid = (hex: string) => element(TAG.oid, Buffer.from(hex, 'hex'))
const utcTime = (text: string) => element(TAG.utcTime, Buffer.from(text))
const utf8 = (text: string) => element(TAG.utf8, Buffer.from(text))

const ALGORITHM = sequence(oid(OID.ecdsaWithSha256))

function toPem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}
