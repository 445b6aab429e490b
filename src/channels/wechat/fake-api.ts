/** The interfaces of the fake: who may call them, and what they answer. */
import { randomBytes } from 'node:crypto'
import { remember } from '../../core/fake.ts'
import {
  FakeAccount,
  isRecord,
  toMessage,
  type FakeAccountOptions,
  type FakeReply,
  type FakeWechatKeys,
  type FakeTemplates,
  type FakeWechatMessage,
} from './fake-account.ts'
import type { FakeCall } from './fake-script.ts'
import type { TokenAnswer } from './fake-tokens.ts'

export interface FakeRequest {
  readonly method: string
  readonly url: URL
  readonly text: string
  readonly ip: string
}

type Answer = FakeReply | TokenAnswer | FakeTemplates
type Kind = FakeWechatMessage['kind']

const SENDERS: Readonly<Record<string, Kind>> = {
  '/cgi-bin/message/subscribe/send': 'subscribe',
  '/cgi-bin/message/template/send': 'template',
}
/** What lists an account's templates. */
const LISTS: Readonly<Record<string, Kind>> = {
  '/wxaapi/newtmpl/gettemplate': 'subscribe',
  '/cgi-bin/template/get_all_private_template': 'template',
}
const RETIRED: Readonly<Record<string, FakeReply>> = {
  '/cgi-bin/message/wxopen/template/send': { errcode: 45103, errmsg: 'template message is offline' },
  '/cgi-bin/message/wxopen/template/uniform_send': { errcode: 45109, errmsg: 'uniform_send is offline' },
}
const EMPTY_BODY: FakeReply = { errcode: 44002, errmsg: 'empty post data' }
const BAD_JSON: FakeReply = { errcode: 47001, errmsg: 'data format error' }
const NOT_POST: FakeReply = { errcode: 43002, errmsg: 'require POST method' }

/** Which of the two calls a path stands for. */
export function callOf(path: string): FakeCall | undefined {
  if (path === '/cgi-bin/stable_token' || path === '/cgi-bin/token') return 'token'
  return Object.hasOwn(SENDERS, path) ? 'message' : undefined
}

export interface FakeApiOptions extends Omit<FakeAccountOptions, 'kind' | 'keys'> {
  readonly miniProgram?: FakeWechatKeys | undefined
  readonly officialAccount?: FakeWechatKeys | undefined
  readonly maxAccepted?: number | undefined
}

export class FakeApi {
  readonly accounts: Readonly<Record<Kind, FakeAccount>>
  readonly accepted: FakeWechatMessage[] = []
  /** IP addresses that may ask for a token; while undefined, all may. */
  allowedIps: readonly string[] | undefined

  readonly #maxAccepted: number | undefined

  constructor({ miniProgram, officialAccount, maxAccepted, ...options }: FakeApiOptions) {
    this.#maxAccepted = maxAccepted
    this.accounts = {
      subscribe: new FakeAccount({ ...options, keys: miniProgram, kind: 'subscribe' }),
      template: new FakeAccount({ ...options, keys: officialAccount, kind: 'template' }),
    }
  }

  /** What a call is to say, whether it is accepted or not; nothing where that cannot be read. */
  read({ url, text }: FakeRequest): FakeWechatMessage | undefined {
    const kind = Object.hasOwn(SENDERS, url.pathname) ? SENDERS[url.pathname] : undefined
    const body = readBody(text)
    if (!kind || !isRecord(body) || !isRecord(body['data'])) return undefined
    return Object.values(body['data']).every(isRecord) ? toMessage(kind, body, '') : undefined
  }

  answer(request: FakeRequest): Answer {
    const answer = this.#answer(request)
    return 'errmsg' in answer && answer.errcode !== 0 ? withRid(answer) : answer
  }

  #answer(request: FakeRequest): Answer {
    const { pathname } = request.url
    if (pathname === '/cgi-bin/stable_token') return this.#stableToken(request)
    if (pathname === '/cgi-bin/token') return this.#legacyToken(request)
    const kind = Object.hasOwn(SENDERS, pathname) ? SENDERS[pathname] : undefined
    if (kind) return this.#message(kind, request)
    const listed = Object.hasOwn(LISTS, pathname) ? LISTS[pathname] : undefined
    if (listed) return this.#templates(listed, request)
    const retired = Object.hasOwn(RETIRED, pathname) ? RETIRED[pathname] : undefined
    return retired ?? { errcode: 40066, errmsg: 'invalid url' }
  }

  #stableToken({ method, text, ip }: FakeRequest): Answer {
    if (method !== 'POST') return NOT_POST
    const body = readBody(text)
    if (!isRecord(body)) return body === undefined ? EMPTY_BODY : BAD_JSON
    const account = this.#login(body, ip)
    return account instanceof FakeAccount ? account.tokens.stable(body['force_refresh'] === true) : account
  }

  #legacyToken({ method, url, ip }: FakeRequest): Answer {
    if (method !== 'GET') return { errcode: 43001, errmsg: 'require GET method' }
    const account = this.#login(Object.fromEntries(url.searchParams), ip)
    return account instanceof FakeAccount ? account.tokens.legacy() : account
  }

  #login(given: Readonly<Record<string, unknown>>, ip: string): FakeAccount | FakeReply {
    const { grant_type, appid, secret } = given
    if (grant_type !== 'client_credential') return { errcode: 40002, errmsg: 'invalid grant_type' }
    if (!appid) return { errcode: 41002, errmsg: 'appid missing' }
    if (!secret) return { errcode: 41004, errmsg: 'appsecret missing' }
    const account = Object.values(this.accounts).find(({ appId }) => appId === appid)
    if (!account) return { errcode: 40013, errmsg: 'invalid appid' }
    if (account.appSecret !== secret) return { errcode: 40125, errmsg: 'invalid appsecret' }
    if (!this.allowedIps || this.allowedIps.includes(ip)) return account
    return { errcode: 40164, errmsg: `invalid ip ${ip}, not in whitelist` }
  }

  #templates(kind: Kind, { method, url }: FakeRequest): Answer {
    if (method !== 'GET') return { errcode: 43001, errmsg: 'require GET method' }
    const account = this.accounts[kind]
    return account.tokens.refusal(url.searchParams.get('access_token')) ?? account.listTemplates()
  }

  #message(kind: Kind, { method, url, text }: FakeRequest): FakeReply {
    if (method !== 'POST') return NOT_POST
    const account = this.accounts[kind]
    const token = url.searchParams.get('access_token')
    const refusal = account.tokens.refusal(token)
    if (refusal) {
      const isOfTheOther = Object.values(this.accounts).some(({ tokens }) => !tokens.refusal(token))
      return isOfTheOther ? { errcode: 48001, errmsg: 'api unauthorized' } : refusal
    }
    const body = readBody(text)
    if (!isRecord(body)) return body === undefined ? EMPTY_BODY : BAD_JSON
    return account.take(body, (message) => remember(this.accepted, [message], this.#maxAccepted))
  }
}

/** Nothing for an empty body, null for one that is no JSON. */
function readBody(text: string): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text) as unknown
  } catch {
    return null
  }
}

/** Refusals end with the id of the request, as WeChat's do. */
export function withRid({ errcode, errmsg }: FakeReply): FakeReply {
  const rid = [4, 4, 4].map((size) => randomBytes(size).toString('hex')).join('-')
  return { errcode, errmsg: `${errmsg} rid: ${rid}` }
}

/** JSON in which the msgid is a number, however large. */
export function toJson(answer: Answer): string {
  return JSON.stringify(answer).replace(/"msgid":"(\d+)"/, '"msgid":$1')
}
