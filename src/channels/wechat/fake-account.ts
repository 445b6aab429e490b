/** One account of the fake: its credentials, users, templates and quota, and what it says to a message. */
import { randomBytes } from 'node:crypto'
import type { Clock } from '../../core/clock.ts'
import { acceptsField } from './fake-fields.ts'
import { FakeTokens } from './fake-tokens.ts'

/** A message that the fake accepted, as its recipient would get it. */
export interface FakeWechatMessage {
  readonly kind: 'subscribe' | 'template'
  readonly to: string
  readonly template: string
  /** Values by keyword. */
  readonly data: Readonly<Record<string, string>>
  readonly msgid: string
  readonly page?: string
  readonly lang?: string
  readonly miniprogramState?: string
  readonly url?: string
  readonly miniprogram?: Readonly<Record<string, unknown>>
  readonly clientMsgId?: string
}

export interface FakeReply {
  readonly errcode: number
  readonly errmsg: string
  readonly msgid?: string
}

export interface FakeWechatKeys {
  readonly appId: string
  readonly appSecret: string
}

/** The account's templates, as either kind of account lists them. */
export type FakeTemplates =
  | { readonly template_list: readonly object[] }
  | { readonly errcode: 0; readonly errmsg: string; readonly data: readonly object[] }

export interface FakeAccountOptions {
  /** @default random ones */
  readonly keys?: FakeWechatKeys | undefined
  /** Every openid and every template exists. @default false */
  readonly knowsAll?: boolean | undefined
  readonly kind: FakeWechatMessage['kind']
  readonly clock: Clock
  /** Openids that exist, besides the first. */
  readonly openids?: readonly string[] | undefined
  /** Fields by template id, besides the first. */
  readonly templates?: Readonly<Record<string, readonly string[]>> | undefined
  /** Pages that exist; without them every page does. */
  readonly pages?: readonly string[] | undefined
}

type Body = Readonly<Record<string, unknown>>
/** What is wrong with a message; nothing where it passes. */
type Check = (body: Body) => FakeReply | undefined

const DEDUPLICATED_MS = 600_000
const LANGUAGES: readonly unknown[] = ['zh_CN', 'en_US', 'zh_HK', 'zh_TW']
const STATES: readonly unknown[] = ['developer', 'trial', 'formal']

export class FakeAccount {
  readonly appId: string
  readonly appSecret: string
  /** A user of the account. */
  readonly openid = `o${randomBytes(20).toString('base64url')}`
  /** A template of the account, with the fields thing1 and time2. */
  readonly template = randomBytes(32).toString('base64url')
  readonly tokens: FakeTokens
  /** Messages it may still send today. */
  quota = Number.POSITIVE_INFINITY
  readonly #options: FakeAccountOptions
  readonly #openids: ReadonlySet<unknown>
  readonly #templates: ReadonlyMap<unknown, readonly string[]>
  /** Of one-time subscriptions, by user and template; a pair that is absent has subscribed for good. */
  readonly #credits = new Map<string, number>()
  readonly #seen = new Map<string, { readonly at: number; readonly msgid: string }>()
  #lastMsgid = 2_258_731_471_823_994_880n

  constructor(options: FakeAccountOptions) {
    this.#options = options
    this.appId = options.keys?.appId ?? `wx${randomBytes(8).toString('hex')}`
    this.appSecret = options.keys?.appSecret ?? randomBytes(16).toString('hex')
    this.tokens = new FakeTokens(options.clock)
    this.#openids = new Set([this.openid, ...(options.openids ?? [])])
    this.#templates = new Map([
      [this.template, ['thing1', 'time2']],
      ...Object.entries(options.templates ?? {}),
    ])
  }

  /** Leaves the user `count` messages of the template, as one-time subscriptions do. */
  setCredits(openid: string, template: string, count: number): void {
    this.#credits.set(`${openid} ${template}`, count)
  }

  /** The reply to a message with a good token; `keep` is told what was accepted. */
  take(body: Body, keep: (message: FakeWechatMessage) => void): FakeReply {
    const seen = this.#duplicate(body)
    if (seen !== undefined) return { errcode: 0, errmsg: 'ok', msgid: seen }
    const own: readonly Check[] =
      this.#options.kind === 'subscribe' ? [this.#checkSubscribe] : [this.#checkTemplate]
    for (const check of [
      this.#checkAddress,
      this.#checkFields,
      ...own,
      this.#checkQuota,
      this.#checkCredit,
    ]) {
      const refusal = check(body)
      if (refusal) return refusal
    }
    return this.#accept(body, keep)
  }

  /** As the interface that lists them answers. */
  listTemplates(): FakeTemplates {
    const listed = [...this.#templates].map(([id, fields]) => {
      return { id, content: fields.map((field) => `${field}:{{${field}.DATA}}\n`).join('') }
    })
    if (this.#options.kind === 'template')
      return { template_list: listed.map(({ id, content }) => ({ template_id: id, title: 'Fake', content })) }
    const data = listed.map(({ id, content }) => ({ priTmplId: id, title: 'Fake', content, type: 2 }))
    return { errcode: 0, errmsg: 'ok', data }
  }

  readonly #checkAddress: Check = ({ touser, template_id }) => {
    if (this.#options.knowsAll === true) return undefined
    if (!this.#openids.has(touser)) return { errcode: 40003, errmsg: 'invalid openid' }
    return this.#templates.has(template_id) ? undefined : { errcode: 40037, errmsg: 'invalid template_id' }
  }

  readonly #checkFields: Check = ({ template_id, data }) => {
    const given = isRecord(data) ? data : {}
    const fields = this.#templates.get(template_id) ?? (this.#options.knowsAll ? Object.keys(given) : [])
    for (const keyword of new Set([...fields, ...Object.keys(given)])) {
      const field = given[keyword]
      const value = isRecord(field) ? field['value'] : undefined
      if (fields.includes(keyword) && acceptsField(keyword, value)) continue
      return { errcode: 47003, errmsg: `argument invalid! data.${keyword}.value invalid` }
    }
    return undefined
  }

  readonly #checkSubscribe: Check = ({ page, lang, miniprogram_state }) => {
    if (!LANGUAGES.includes(lang)) return { errcode: 40035, errmsg: 'invalid parameter lang' }
    if (!STATES.includes(miniprogram_state))
      return { errcode: 40035, errmsg: 'invalid parameter miniprogram_state' }
    return page === undefined || this.#hasPage(page) ? undefined : { errcode: 41030, errmsg: 'invalid page' }
  }

  readonly #checkTemplate: Check = ({ url, miniprogram }) => {
    if (url !== undefined && !(typeof url === 'string' && /^https?:\/\//.test(url)))
      return { errcode: 40035, errmsg: 'invalid url' }
    if (miniprogram === undefined) return undefined
    const { appid, pagepath } = isRecord(miniprogram) ? miniprogram : {}
    if (!/^wx[0-9a-f]{16}$/.test(String(appid))) return { errcode: 40013, errmsg: 'invalid appid' }
    if (pagepath === undefined || this.#hasPage(pagepath)) return undefined
    return { errcode: 40165, errmsg: 'invalid weapp pagepath' }
  }

  readonly #checkQuota: Check = () =>
    this.quota > 0 ? undefined : { errcode: 45009, errmsg: 'reach max api daily quota limit' }

  readonly #checkCredit: Check = (body) =>
    this.#credits.get(pairOf(body)) === 0
      ? { errcode: 43101, errmsg: 'user refuse to accept the msg' }
      : undefined

  #hasPage(page: unknown): boolean {
    if (typeof page !== 'string' || page === '' || page.startsWith('/')) return false
    const { pages } = this.#options
    return !pages || pages.includes(page.replace(/\?.*$/, ''))
  }

  #duplicate({ touser, client_msg_id }: Body): string | undefined {
    if (this.#options.kind === 'subscribe' || typeof client_msg_id !== 'string') return undefined
    const seen = this.#seen.get(`${String(touser)} ${client_msg_id}`)
    return seen && this.#options.clock.monotonic() - seen.at < DEDUPLICATED_MS ? seen.msgid : undefined
  }

  #accept(body: Body, keep: (message: FakeWechatMessage) => void): FakeReply {
    this.#lastMsgid += 1n
    const msgid = String(this.#lastMsgid)
    const { touser, client_msg_id } = body
    if (typeof client_msg_id === 'string') {
      this.#seen.set(`${String(touser)} ${client_msg_id}`, { at: this.#options.clock.monotonic(), msgid })
    }
    this.quota -= 1
    const credits = this.#credits.get(pairOf(body))
    if (credits !== undefined) this.#credits.set(pairOf(body), credits - 1)
    keep(toMessage(this.#options.kind, body, msgid))
    return { errcode: 0, errmsg: 'ok', msgid }
  }
}

function pairOf({ touser, template_id }: Body): string {
  return `${String(touser)} ${String(template_id)}`
}

export function toMessage(kind: FakeWechatMessage['kind'], body: Body, msgid: string): FakeWechatMessage {
  const data = Object.entries(body['data'] as Record<string, { value: string }>)
  const optional = {
    page: body['page'],
    lang: body['lang'],
    miniprogramState: body['miniprogram_state'],
    url: body['url'],
    miniprogram: body['miniprogram'],
    clientMsgId: body['client_msg_id'],
  }
  const given = Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined))
  return {
    kind,
    to: String(body['touser']),
    template: String(body['template_id']),
    data: Object.fromEntries(data.map(([keyword, { value }]) => [keyword, value])),
    msgid,
    ...given,
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
