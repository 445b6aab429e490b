/** What time a server says it is: the `Date` header of its answer to a request that asks for nothing. */
import { request as httpRequest } from 'node:http'
import { connect as connectHttp2 } from 'node:http2'
import { request as httpsRequest } from 'node:https'
import type { Endpoint } from '../../core/endpoint.ts'
import { tlsOptions } from './handshake.ts'
import { destroyWith } from './within.ts'

/** Epoch milliseconds, to the second; nothing where it does not tell. */
export async function serverDate(endpoint: Endpoint, signal: AbortSignal): Promise<number | undefined> {
  const date = await (endpoint.protocol === 'h2' ? ofHttp2 : ofHttp)(endpoint, signal)
  const time = Date.parse(date ?? '')
  return Number.isNaN(time) ? undefined : time
}

function ofHttp(endpoint: Endpoint, signal: AbortSignal): Promise<string | undefined> {
  const isSecure = endpoint.protocol === 'https'
  const { host, port } = endpoint
  const options = isSecure ? tlsOptions(endpoint) : { host, port }
  return new Promise((resolve, reject) => {
    const request = (isSecure ? httpsRequest : httpRequest)({
      ...options,
      ...{ method: 'HEAD', path: '/', agent: false, headers: { 'user-agent': 'notiwire doctor' } },
    })
    destroyWith(request, signal)
    request.once('error', reject)
    request.once('close', () => resolve(undefined))
    request.once('response', (response) => {
      resolve(response.headers.date)
      response.resume()
      request.destroy()
    })
    request.end()
  })
}

function ofHttp2(endpoint: Endpoint, signal: AbortSignal): Promise<string | undefined> {
  const { host, port } = endpoint
  const authority = `https://${host.includes(':') ? `[${host}]` : host}:${port}`
  return new Promise((resolve, reject) => {
    const session = connectHttp2(authority, tlsOptions(endpoint))
    destroyWith(session, signal)
    const end = (date: string | undefined) => {
      resolve(date)
      session.destroy()
    }
    session.once('error', reject)
    session.once('close', () => resolve(undefined))
    const stream = session.request({ ':method': 'HEAD', ':path': '/' })
    stream.once('error', reject)
    stream.once('response', (headers) => end(headers['date']))
    stream.end()
  })
}
