/** What travels beside a publication, for the processes that hand it out, and is not for clients. */
import * as z from 'zod'

const meta = z.object({
  /** A client that is left out. */
  except: z.string().optional(),
  isDroppable: z.boolean().optional(),
  /** The process that wants to know to how many connections it was written, and the number of its question. */
  ask: z.tuple([z.string(), z.string()]).optional(),
})

export type FanOutMeta = z.output<typeof meta>

/** Undefined where there is nothing to say, as there mostly is not. */
export function writeMeta({ except, isDroppable, ask }: FanOutMeta): string | undefined {
  if (except === undefined && !isDroppable && !ask) return undefined
  return JSON.stringify({ except, isDroppable, ask })
}

export function readMeta(text: string | undefined): FanOutMeta {
  if (text === undefined) return {}
  try {
    return meta.safeParse(JSON.parse(text)).data ?? {}
  } catch {
    return {}
  }
}
