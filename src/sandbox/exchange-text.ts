/** Writes an exchange down for people to read, without what is secret in it. */
import type { FakeExchange, WireText } from '../core/fake.ts'
import type { Exchange } from './captured.ts'

const LONGEST = 65_536
const SECRET_HEADERS =
  /^(authorization|proxy-authorization|cookie|x-api-key|x-acs-security-token|x-tc-token)$/i
const SECRET_VALUES: readonly (readonly [RegExp, string])[] = [
  [/([?&](?:access_token|secret|token)=)[^&\s]*/gi, '$1***'],
  [/("(?:access_token|secret|appsecret)"\s*:\s*")[^"]*/gi, '$1***'],
]

export function exchangeOf({ request, response }: Pick<FakeExchange, 'request' | 'response'>): Exchange {
  return { request: written(request), ...(response && { response: written(response) }) }
}

function written({ line, headers, body }: WireText): string {
  const heads = Object.entries(headers).map(
    ([name, value]) => `${name}: ${SECRET_HEADERS.test(name) ? '***' : value}`,
  )
  const text = [line, ...heads, ...(body === '' ? [] : [heads.length > 0 ? `\n${body}` : body])].join('\n')
  const open = SECRET_VALUES.reduce((shown, [secret, cut]) => shown.replace(secret, cut), text)
  return open.length > LONGEST
    ? `${open.slice(0, LONGEST)}\n… ${open.length - LONGEST} more characters`
    : open
}
