/** Shapes the HTTP/2 request of a push. */
import type { ProviderToken } from './provider-token.ts'
import type { ApnsPush } from './push.ts'
import type { PushRequest } from './transport.ts'

export function toRequest(push: ApnsPush, authority: string, token: ProviderToken | undefined): PushRequest {
  const { to, type, topic, payload, priority, expiration, collapseId, apnsId } = push
  const headers: Record<string, string> = {
    ':method': 'POST',
    ':scheme': 'https',
    ':authority': authority,
    ':path': `/3/device/${to}`,
    'apns-topic': topic,
    'apns-push-type': type,
  }
  if (token) headers['authorization'] = `bearer ${token.jwt}`
  if (apnsId !== undefined) headers['apns-id'] = apnsId
  if (priority !== undefined) headers['apns-priority'] = String(priority)
  if (expiration !== undefined) headers['apns-expiration'] = String(expiration)
  if (collapseId !== undefined) headers['apns-collapse-id'] = collapseId
  return { headers, body: payload }
}
