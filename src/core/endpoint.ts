/** The way a driver takes to its provider, for whoever looks for what is wrong with it. Nothing in it is secret. */

type Pem = string | Uint8Array

export interface Endpoint {
  /** What is spoken there; to a mail server, SMTP. */
  readonly protocol: 'mail' | 'http' | 'https' | 'h2'
  /** Name or address, without brackets. */
  readonly host: string
  readonly port: number
  /** How it is secured: from the first byte, by STARTTLS, by STARTTLS where the server offers it, or not at all. */
  readonly tls: 'implicit' | 'starttls' | 'if_offered' | 'none'
  /** Certificates to trust instead of Node's own. */
  readonly ca?: Pem | readonly Pem[]
  /** The name the certificate must carry. @default `host` */
  readonly servername?: string
  /** False where any certificate is trusted. @default true */
  readonly isVerified?: boolean
  /** Through which the connection is made; then the way to `host` may be closed. */
  readonly proxy?: { readonly host: string; readonly port: number }
  /** What we show of ourselves in the handshake, as PEM: the certificate alone, without its key. */
  readonly clientCertificate?: string
}

/** Name and port of a URL, as sockets want them. */
export function placeOf({ protocol, hostname, port }: URL): { readonly host: string; readonly port: number } {
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  return { host, port: Number(port) || (protocol === 'https:' ? 443 : 80) }
}

/** Of an API that is called by HTTP. */
export function httpEndpoint(url: URL): Endpoint {
  const isSecure = url.protocol === 'https:'
  const protocol = isSecure ? 'https' : 'http'
  return { protocol, ...placeOf(url), tls: isSecure ? 'implicit' : 'none' }
}
