/** Self-signed certificates for tests (ECDSA P-256), made with node:crypto alone. */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'

const lengthOf = (size: number) => {
  if (size < 128) return Buffer.from([size])
  return size < 256 ? Buffer.from([0x81, size]) : Buffer.from([0x82, size >> 8, size & 255])
}
const der = (tag: number, ...parts: readonly Uint8Array[]) => {
  const content = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content])
}
const sequence = (...parts: readonly Uint8Array[]) => der(0x30, ...parts)
const objectId = (hex: string) => der(0x06, Buffer.from(hex, 'hex'))
const time = (date: Date) =>
  der(0x17, Buffer.from(`${date.toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`))
const nameOf = (common: string) =>
  sequence(der(0x31, sequence(objectId('550403'), der(0x0c, Buffer.from(common)))))

const DAY_MS = 86_400_000

/** For 127.0.0.1 and `host`; `endsInDays` below 0 makes one that has expired. */
export function selfSigned(host = 'localhost', endsInDays = 30): { cert: string; key: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const algorithm = sequence(objectId('2a8648ce3d040302'))
  const validity = sequence(
    time(new Date(Date.now() - 60 * DAY_MS)),
    time(new Date(Date.now() + endsInDays * DAY_MS)),
  )
  const names = sequence(
    der(0x82, Buffer.from(host)),
    ...(host === 'localhost' ? [der(0x87, Buffer.from([127, 0, 0, 1]))] : []),
  )
  const isCa = sequence(der(0x01, Buffer.from([0xff])))
  const extensions = der(
    0xa3,
    sequence(
      sequence(objectId('551d11'), der(0x04, names)),
      sequence(objectId('551d13'), der(0x01, Buffer.from([0xff])), der(0x04, isCa)),
    ),
  )
  const serial = der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(15)]))
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    serial,
    algorithm,
    nameOf(host),
    validity,
    nameOf(host),
    publicKey.export({ type: 'spki', format: 'der' }),
    extensions,
  )
  const signature = der(0x03, Buffer.from([0]), sign('sha256', body, privateKey))
  const base64 = sequence(body, algorithm, signature).toString('base64').replace(/.{64}/g, '$&\n')
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}
