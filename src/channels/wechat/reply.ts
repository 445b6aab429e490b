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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
