/** Keeps what the page knows of the inbox up to date: loads page by page, follows the stream, tells who listens. */
import type { InboxEvent } from '../../sandbox/api.ts'
import { listMessages } from './api-client.ts'
import { emptyInbox, leavesDoubt, withEvent, withHead, withPage, type InboxState } from './inbox-state.ts'
import type { Filter } from './route.ts'

const PAGE = 100
const LARGEST_PAGE = 1_000
/** Events of so long are shown at once, so that a flood of them does not draw the page a thousand times. */
const GATHER_MS = 50
/** Events say most, but not all: after some, the numbers are asked for. */
const REFRESH_MS = 700

export class Inbox {
  #state: InboxState
  #listeners: readonly ((state: InboxState) => void)[] = []
  #waiting: InboxEvent[] = []
  #gathering: ReturnType<typeof setTimeout> | undefined
  #refreshing: ReturnType<typeof setTimeout> | undefined
  /** Of the newest request; the state has the one of what is shown. */
  #wanted: Filter
  /** Changes with the filter: what was asked for with another one is dropped. */
  #round = 0
  #isPaging = false

  constructor(filter: Filter) {
    this.#wanted = filter
    this.#state = emptyInbox(filter)
  }

  get state(): InboxState {
    return this.#state
  }

  /** Calls `listener` after each change until the function that it returns is called. */
  subscribe(listener: (state: InboxState) => void): () => void {
    this.#listeners = [...this.#listeners, listener]
    return () => {
      this.#listeners = this.#listeners.filter((each) => each !== listener)
    }
  }

  async filter(filter: Filter): Promise<void> {
    this.#round += 1
    this.#isPaging = false
    this.#wanted = filter
    // What was shown stays until there is something else to show.
    this.#set({ ...this.#state, isLoaded: false })
    await this.reload()
  }

  /** Asks for the newest again. */
  async reload(): Promise<void> {
    const round = this.#round
    const head = await this.#ask(PAGE)
    if (!head || round !== this.#round) return
    const isSame = this.#state.filter === this.#wanted
    this.#set(withHead(isSame ? this.#state : emptyInbox(this.#wanted), head))
  }

  /** Loads on until message number `end` is there, or the last. */
  async ensure(end: number): Promise<void> {
    if (this.#isPaging || !this.#state.isLoaded) return
    const round = this.#round
    this.#isPaging = true
    while (round === this.#round && this.#state.messages.length < Math.min(end, this.#state.total)) {
      if (!(await this.#loadPage(end, round))) break
    }
    if (round === this.#round) this.#isPaging = false
  }

  take(event: InboxEvent): void {
    this.#waiting.push(event)
    this.#gathering ??= setTimeout(() => this.#flush(), GATHER_MS)
  }

  async #loadPage(end: number, round: number): Promise<boolean> {
    const { messages } = this.#state
    const before = messages.at(-1)?.id
    const page = await this.#ask(Math.min(LARGEST_PAGE, Math.max(PAGE, end - messages.length)), before)
    if (page && round === this.#round) this.#set(withPage(this.#state, page))
    return page !== undefined
  }

  #ask(limit: number, before?: string) {
    const query = { ...this.#wanted, limit, ...(before && { before }) }
    // The server is away: the stream notices too, and reloads when it is back.
    return listMessages(query).catch(() => undefined)
  }

  #flush(): void {
    this.#gathering = undefined
    const events = this.#waiting
    this.#waiting = []
    this.#set(events.reduce(withEvent, this.#state))
    if (events.some(leavesDoubt)) this.#refreshing ??= setTimeout(() => this.#refresh(), REFRESH_MS)
  }

  #refresh(): void {
    this.#refreshing = undefined
    void this.reload()
  }

  #set(state: InboxState): void {
    this.#state = state
    for (const listener of this.#listeners) listener(state)
  }
}
