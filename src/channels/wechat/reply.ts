/** Reads WeChat's answers. They are foreign bytes: HTML pages and truncated JSON do come. */
import * as z from 'zod'
import type { HttpReply } from './http.ts'

export interface WechatReply {
  /** 0 where WeChat accepted. */
  readonly errcode: number
  readonly errmsg: string
  /** Every digit of it: msgids are larger than a JavaScript number holds. */
  readonly msgid: string | undefined
  /** WeChat's id of the request. */
  readonly rid: string | undefined
}

export interface IssuedToken {
  readonly value: string
  readonly expiresInSeconds: number
}

/** WeChat's own are short; a gateway's may be a page. */
const MAX_ERRMSG = 500

const verdict = z.object({ errcode: z.int(), errmsg: z.string().catch('') })
const issued = z.object({ access_token: z.string().min(1), expires_in: z.number().positive() })

/** The verdict in the answer; nothing where it holds none. */
export function readVerdict({ text }: HttpReply): WechatReply | undefined {
  const { success, data } = verdict.safeParse(parseJson(text))
  if (!success) return undefined
  const msgid = /"msgid"\s*:\s*"?(\d{1,32})/.exec(text)?.[1]
  const rid = /\brid: ?([\w-]{1,64})/.exec(data.errmsg)?.[1]
  return { ...data, errmsg: data.errmsg.slice(0, MAX_ERRMSG), msgid, rid }
}

/** The access token in the answer; nothing where it holds none. */
export function readToken({ text }: HttpReply): IssuedToken | undefined {
  const { success, data } = issued.safeParse(parseJson(text))
  return success ? { value: data.access_token, expiresInSeconds: data.expires_in } : undefined
}

/** A template of the account: its id, and its text with a `{{thing1.DATA}}` for every field. */
export interface ListedTemplate {
  readonly id: string
  readonly content: string
}

const content = z.string().catch('')
const official = z
  .object({ template_id: z.string(), content })
  .transform(({ template_id: id, content: text }) => ({ id, content: text }))
const ofMiniProgram = z
  .object({ priTmplId: z.string(), content })
  .transform(({ priTmplId: id, content: text }) => ({ id, content: text }))
const lists = z.union([
  z.object({ template_list: z.array(official) }).transform(({ template_list: list }) => list),
  z.object({ errcode: z.literal(0), data: z.array(ofMiniProgram) }).transform(({ data }) => data),
])

/** The account's templates in the answer, of either kind of account; nothing where it holds no list. */
export function readTemplates({ text }: HttpReply): readonly ListedTemplate[] | undefined {
  const { success, data } = lists.safeParse(parseJson(text))
  return success ? data : undefined
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
