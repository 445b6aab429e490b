/** Takes one DSN apart: `scheme://user:password@host:port/path?option=value`. Says every fault, and quotes none. */
import { decode, mustBeEncoded } from './encoding.ts'

export interface Dsn {
  readonly scheme: string
  readonly user: string
  readonly password: string
  readonly host: string
  readonly port: number | undefined
  /** With its leading slash; empty where there is none. */
  readonly path: string
  readonly options: readonly (readonly [name: string, value: string])[]
}

export interface ParsedDsn {
  readonly dsn: Dsn
  readonly faults: readonly string[]
}

const LOGIN = 'a user name or password'
const NO_DSN =
  'expected a DSN such as smtp://user:password@host; inside a password "|" is written %7C and "&" is written %26'

/** A host name, an IPv4 address or an IPv6 address in brackets, and perhaps a port. */
const HOST_AND_PORT = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d{1,5}))?$/i

export function parseDsn(text: string): ParsedDsn {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]
  if (scheme === undefined) return { dsn: emptyDsn(''), faults: [NO_DSN] }
  const rest = text.slice(scheme.length + 3)
  const blanks = [...new Set(rest.match(/[\s\p{Cc}]/gu) ?? [])]
  const faults = blanks.map((char) => mustBeEncoded(char, 'a DSN'))
  const parts = partsOf(rest)
  if ('fault' in parts) return { dsn: emptyDsn(scheme.toLowerCase()), faults: [...faults, parts.fault] }
  const login = readLogin(parts.login)
  const query = readQuery(parts.query)
  const address = readAddress(parts.address)
  faults.push(...login.faults, ...address.faults, ...query.faults)
  const { user, password } = login
  const { host, port } = address
  const { path } = parts
  return {
    dsn: { scheme: scheme.toLowerCase(), user, password, host, port, path, options: query.options },
    faults,
  }
}

interface Parts {
  readonly login: string
  readonly address: string
  readonly path: string
  readonly query: string
}

/** An unencoded `/`, `?` or `#` in a password ends what comes before the host too early; the `@` then stands after it. */
function partsOf(rest: string): Parts | { readonly fault: string } {
  const [authority, tail] = cutBefore(rest, /[/?#]/)
  const at = authority.lastIndexOf('@')
  const isCutShort = at < 0 && tail.includes('@') && !HOST_AND_PORT.test(authority)
  if (isCutShort) return { fault: mustBeEncoded(tail.charAt(0), LOGIN) }
  if (tail.includes('#')) return { fault: mustBeEncoded('#', 'a DSN') }
  const [path, query] = cutBefore(tail, /\?/)
  if (path.includes('@')) return { fault: mustBeEncoded('/', LOGIN) }
  return {
    login: authority.slice(0, Math.max(0, at)),
    address: authority.slice(at + 1),
    path: path === '/' ? '' : path,
    query: query.slice(1),
  }
}

function cutBefore(text: string, pattern: RegExp): [string, string] {
  const at = text.search(pattern)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at)]
}

function readLogin(login: string) {
  const faults = login.includes('@') ? [mustBeEncoded('@', LOGIN)] : []
  const colon = login.indexOf(':')
  const encoded = colon < 0 ? [login, ''] : [login.slice(0, colon), login.slice(colon + 1)]
  const [user = '', password = ''] = encoded.map((part) => {
    const decoded = decode(part, LOGIN)
    if ('text' in decoded) return decoded.text
    faults.push(decoded.fault)
    return ''
  })
  return { user, password, faults: [...new Set(faults)] }
}

function readAddress(address: string) {
  const [, host = '', port] = HOST_AND_PORT.exec(address) ?? []
  const faults =
    host === '' ? ['expected a host name or address after the login, such as @smtp.example.com:587'] : []
  const isPort = port === undefined || (Number(port) >= 1 && Number(port) <= 65_535)
  if (!isPort) faults.push('expected a port from 1 to 65535')
  const bare = host.startsWith('[') ? host.slice(1, -1) : host
  return { host: bare, port: port === undefined ? undefined : Number(port), faults }
}

/** A `+` stands for itself: addresses have it. */
function readQuery(query: string) {
  const faults: string[] = []
  const options = query.split('&').flatMap((pair, index): (readonly [string, string])[] => {
    if (pair === '') return []
    const equals = pair.indexOf('=')
    if (equals < 1) {
      faults.push(`expected option ${index + 1} after the "?" as name=value${hintOf(pair)}`)
      return []
    }
    const decoded = decode(pair.slice(equals + 1), `the value of option ${index + 1}`)
    if ('text' in decoded) return [[pair.slice(0, equals), decoded.text]]
    faults.push(decoded.fault)
    return []
  })
  return { options, faults }
}

function hintOf(pair: string): string {
  return pair.includes('@') ? `; ${mustBeEncoded('?', LOGIN)}` : ''
}

function emptyDsn(scheme: string): Dsn {
  return { scheme, user: '', password: '', host: '', port: undefined, path: '', options: [] }
}
