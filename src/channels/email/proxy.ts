/** A tunnel through an HTTP proxy by CONNECT. Source: RFC 9110 section 9.3.6. */
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Socket } from 'node:net'
import type { SmtpConfig } from './config.ts'
import { localError, SmtpFailure } from './failure.ts'

/** @throws {SmtpFailure} phase `connect` */
export function connectThroughProxy(config: SmtpConfig, signal: AbortSignal): Promise<Socket> {
  return new Promise<Socket>((resolve, reject) => {
    const tunnel = tunnelRequest(config)
    const settle = () => signal.removeEventListener('abort', abort)
    const fail = (cause: unknown) => {
      settle()
      tunnel.destroy()
      reject(new SmtpFailure('connect', cause))
    }
    const abort = () => fail(signal.reason)
    const refuse = ({ statusCode = 0 }: IncomingMessage) => {
      fail(
        Object.assign(
          localError('EPROXY', `The proxy answered ${statusCode}`),
          proxyCode(`EPROXY ${statusCode}`),
        ),
      )
    }
    tunnel.on('connect', (answer, socket: Socket, head) => {
      const { statusCode = 0 } = answer
      if (statusCode < 200 || statusCode > 299) return refuse(answer)
      settle()
      if (head.length > 0) socket.unshift(head)
      resolve(socket)
    })
    tunnel.on('response', refuse)
    tunnel.on('timeout', () => fail(localError('ETIMEDOUT', 'The proxy did not answer')))
    tunnel.on('error', (error: NodeJS.ErrnoException) => fail(Object.assign(error, proxyCode(error.code))))
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
    tunnel.end()
  })
}

/** In nodemailer's shape: the code of what happened beside the code of where. */
const proxyCode = (originalCode: string | undefined) => ({ code: 'EPROXY', originalCode })

function tunnelRequest({ proxy = '', host, port, timeouts }: SmtpConfig): ClientRequest {
  const { protocol, hostname, port: proxyPort, username, password } = new URL(proxy)
  const isTls = protocol === 'https:'
  const isBareV6 = host.includes(':') && !host.startsWith('[')
  const authority = `${isBareV6 ? `[${host}]` : host}:${port}`
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  const authorization = `Basic ${Buffer.from(credentials).toString('base64')}`
  return (isTls ? httpsRequest : httpRequest)({
    method: 'CONNECT',
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: proxyPort || (isTls ? 443 : 80),
    path: authority,
    headers: { host: authority, ...(username === '' ? {} : { 'proxy-authorization': authorization }) },
    agent: false,
    timeout: timeouts.connectMs,
  })
}
