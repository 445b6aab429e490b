/** Loads and checks the key or certificate once, at construction, so that a wrong one is not found at the first push. */
import { createPrivateKey, KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Socket } from 'node:net'
import { createSecureContext, TLSSocket, type SecureContextOptions } from 'node:tls'
import type { NotifyError } from '../../core/errors.ts'
import { invalid } from '../../core/parse.ts'
import type { ApnsConfig } from './config.ts'

type Auth = ApnsConfig['auth']
export type TokenAuth = Extract<Auth, { type: 'token' }>
type CertificateAuth = Extract<Auth, { type: 'certificate' }>
type Source = string | Uint8Array | { readonly path: string }

/** What TLS needs to know of us, and every text that must never be shown. */
export interface ClientCertificate {
  readonly tls: SecureContextOptions
  readonly secrets: readonly string[]
}

export interface SigningKey {
  readonly key: KeyObject
  readonly secrets: readonly string[]
}

/** @throws {NotifyError} INVALID_CONFIG, when it is not a P-256 private key */
export function loadSigningKey({ key: source }: TokenAuth): SigningKey {
  const key = source instanceof KeyObject ? source : parseKey(read(source, 'auth.key'))
  const isP256 = key.type === 'private' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1'
  if (!isP256) throw wrong('auth.key', 'expected an EC P-256 private key, as Apple’s .p8 files hold')
  return { key, secrets: secretsOf(key.export({ type: 'pkcs8', format: 'pem' }).toString()) }
}

function parseKey(bytes: Buffer): KeyObject {
  try {
    return createPrivateKey(unescaped(bytes))
  } catch {
    throw wrong('auth.key', 'expected the PEM of a .p8 key (-----BEGIN PRIVATE KEY-----), unencrypted')
  }
}

/** @throws {NotifyError} INVALID_CONFIG, when certificate and key do not fit or the passphrase is wrong */
export function loadCertificate(auth: CertificateAuth): ClientCertificate {
  return auth.pfx === undefined ? loadPem(auth) : loadPfx(auth.pfx, auth.passphrase)
}

function loadPem({ cert: source, key: keySource, passphrase }: CertificateAuth): ClientCertificate {
  const cert = unescaped(read(source ?? '', 'auth.cert'))
  const key = keySource === undefined ? cert : unescaped(read(keySource, 'auth.key'))
  const tls: SecureContextOptions = { cert, key, ...(passphrase !== undefined && { passphrase }) }
  try {
    createSecureContext({ cert })
  } catch {
    throw wrong('auth.cert', 'expected a certificate as PEM (-----BEGIN CERTIFICATE-----)')
  }
  try {
    createSecureContext(tls)
  } catch {
    throw wrong(
      'auth.key',
      'expected the private key of auth.cert as PEM, opened by auth.passphrase if encrypted',
    )
  }
  return { tls, secrets: [...secretsOf(key.toString()), passphrase ?? ''] }
}

function loadPfx(source: Source, passphrase: string | undefined): ClientCertificate {
  const pfx = read(source, 'auth.pfx')
  const tls: SecureContextOptions = { pfx, ...(passphrase !== undefined && { passphrase }) }
  try {
    createSecureContext(tls)
  } catch (cause) {
    throw wrongPfx(cause)
  }
  return { tls, secrets: [pfx.toString('base64'), passphrase ?? ''] }
}

/** The certificate that is shown, as PEM: of a .p12 as well, which nothing else of Node opens. */
export function certificateIn(tls: SecureContextOptions): string | undefined {
  const socket = new TLSSocket(new Socket(), { secureContext: createSecureContext(tls) })
  try {
    return socket.getX509Certificate()?.toString()
  } finally {
    socket.destroy()
  }
}

/** Keychain exports RC2 and 3DES, which OpenSSL 3 no longer reads. */
const CONVERT = 'openssl pkcs12 -legacy -in push.p12 -nodes -out push.pem'

function wrongPfx(cause: unknown): NotifyError {
  const error = cause as Partial<NodeJS.ErrnoException>
  if (error.code === 'ERR_CRYPTO_UNSUPPORTED_OPERATION') {
    return wrong(
      'auth.pfx',
      `this .p12 uses RC2 or 3DES, which OpenSSL 3 refuses; convert it and pass it as cert: ${CONVERT}`,
    )
  }
  if (error.message?.includes('mac verify')) {
    return wrong('auth.passphrase', 'expected the passphrase that opens the .p12')
  }
  return wrong('auth.pfx', 'expected a .p12 file (PKCS #12)')
}

function read(source: Source, field: string): Buffer {
  if (typeof source === 'string') return Buffer.from(source)
  if (source instanceof Uint8Array) return Buffer.from(source)
  try {
    return readFileSync(source.path)
  } catch (cause) {
    const { code = 'unknown error' } = cause as NodeJS.ErrnoException
    throw wrong(`${field}.path`, `expected a file that can be read, received ${code}`)
  }
}

/** Environment variables often hold a PEM on one line, its line breaks written as `\n`. */
function unescaped(bytes: Buffer): Buffer {
  const text = bytes.toString()
  return text.includes('\\n') ? Buffer.from(text.replaceAll('\\n', '\n')) : bytes
}

/** The PEM, and its body on one line and line by line: errors quote any of them. */
function secretsOf(pem: string): string[] {
  const lines = pem.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('-----'))
  return [pem.trim(), lines.join(''), ...lines]
}

function wrong(path: string, message: string): NotifyError {
  return invalid('INVALID_CONFIG', [{ path, message }])
}
