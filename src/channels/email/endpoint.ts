/** The way to the SMTP server, for whoever examines it. */
import { X509Certificate } from 'node:crypto'
import { placeOf, type Endpoint } from '../../core/endpoint.ts'
import type { SmtpConfig } from './config.ts'

export function endpointOf(config: SmtpConfig): Endpoint {
  const { host, port, tls, proxy } = config
  const { ca, servername, cert, rejectUnauthorized: isVerified } = tls
  const clientCertificate = cert === undefined ? undefined : certificateOf(cert)
  return {
    protocol: 'mail',
    host: host.replace(/^\[(.*)\]$/, '$1'),
    port,
    tls: tlsOf(config),
    isVerified,
    ...(ca !== undefined && { ca }),
    ...(servername !== undefined && { servername }),
    ...(proxy !== undefined && { proxy: placeOf(new URL(proxy)) }),
    ...(clientCertificate !== undefined && { clientCertificate }),
  }
}

function tlsOf({ secure, requireTLS, isLoopback }: SmtpConfig): Endpoint['tls'] {
  if (secure) return 'implicit'
  if (requireTLS) return 'starttls'
  return isLoopback ? 'none' : 'if_offered'
}

/** Read anew, because the PEM may hold the key as well. Nothing where it cannot be read: the connection will say so. */
function certificateOf(pem: string | Uint8Array): string | undefined {
  try {
    return new X509Certificate(pem).toString()
  } catch {
    return undefined
  }
}
