/** What the processes that share a broker ask of each other, and how their answers are counted. */
import { randomBytes } from 'node:crypto'
import * as z from 'zod'
import type { Clock, Timer } from '../../core/clock.ts'
import type { PushBroker } from '../../core/push-broker.ts'
import { heed } from './heed.ts'

/** How long the other processes are waited for, in milliseconds. */
export const ANSWER_MS = 250

/** Whom to disconnect, or to count: exactly one of the first three. */
const whom = z.object({
  user: z.string().optional(),
  client: z.string().optional(),
  tokenId: z.string().optional(),
})

const request = z.object({
  ask: z.string(),
  from: z.string(),
  what: z.enum(['disconnect', 'count']),
  whom,
  reconnect: z.boolean().optional(),
})

const answer = z.object({ answer: z.string(), tally: z.object({ queued: z.number(), written: z.number() }) })

const control = z.union([request, answer])

export type Whom = z.output<typeof whom>
export type NodeRequest = Omit<z.output<typeof request>, 'ask' | 'from'>

/** Connections that something was queued to, and those whose bytes the operating system took. */
export interface Tally {
  readonly queued: number
  readonly written: number
}

export interface NodesInit {
  readonly node: string
  readonly broker: PushBroker
  readonly clock: Clock
  /** Does what another process, or this one, asks. @returns how many connections that concerned */
  readonly perform: (request: NodeRequest) => number
  readonly report: (error: unknown) => void
}

/** One question that is open. */
export interface Question {
  readonly id: string
  /** Resolves with the sum once `nodes` have answered, or when the time is up. null: nobody knows how many will. */
  collect(nodes: number | null, withinMs: number): Promise<Tally>
}

interface Open {
  queued: number
  written: number
  answers: number
  awaited: number | null
  resolve: (() => void) | undefined
}

export class Nodes {
  readonly #init: NodesInit
  readonly #open = new Map<string, Open>()

  constructor(init: NodesInit) {
    this.#init = init
  }

  /** Asks every process, this one too. @returns how many connections it concerned, of those that answered in time */
  async ask(question: NodeRequest): Promise<number> {
    const opened = this.open()
    const message = JSON.stringify({ ...question, ask: opened.id, from: this.#init.node })
    const told = await this.#control(opened, message)
    return (await opened.collect(told, ANSWER_MS)).queued
  }

  /** Opens a question that is asked in some other way. To be collected, or it stays open. */
  open(): Question {
    const id = randomBytes(9).toString('base64url')
    const open: Open = { queued: 0, written: 0, answers: 0, awaited: null, resolve: undefined }
    this.#open.set(id, open)
    return { id, collect: (nodes, withinMs) => this.#collect(id, open, { nodes, withinMs }) }
  }

  /** Answers a question that came with a publication. */
  answer(node: string, id: string, tally: Tally): void {
    if (node === this.#init.node) return this.#count(id, tally)
    heed(() => this.#init.broker.control(JSON.stringify({ answer: id, tally }), node), this.#init.report)
  }

  /** Takes what the broker brings. */
  hear(message: string): void {
    const { data: read } = control.safeParse(parsed(message))
    // Another version of this package may ask what this one does not know.
    if (!read) return
    if ('answer' in read) return this.#count(read.answer, read.tally)
    const queued = this.#init.perform(read)
    this.answer(read.from, read.ask, { queued, written: queued })
  }

  async #control(opened: Question, message: string): Promise<number | null> {
    try {
      return await this.#init.broker.control(message)
    } catch (cause) {
      this.#open.delete(opened.id)
      throw cause
    }
  }

  #collect(
    id: string,
    open: Open,
    { nodes, withinMs }: { readonly nodes: number | null; readonly withinMs: number },
  ): Promise<Tally> {
    open.awaited = nodes
    return new Promise((resolve) => {
      let timer: Timer | undefined
      open.resolve = () => {
        timer?.cancel()
        this.#open.delete(id)
        resolve({ queued: open.queued, written: open.written })
      }
      if (isAnswered(open)) open.resolve()
      else timer = this.#init.clock.setTimeout(open.resolve, withinMs)
    })
  }

  #count(id: string, { queued, written }: Tally): void {
    const open = this.#open.get(id)
    if (!open) return
    open.queued += queued
    open.written += written
    open.answers++
    if (isAnswered(open)) open.resolve?.()
  }
}

function isAnswered({ answers, awaited }: Open): boolean {
  return awaited !== null && answers >= awaited
}

function parsed(message: string): unknown {
  try {
    return JSON.parse(message)
  } catch {
    return undefined
  }
}
