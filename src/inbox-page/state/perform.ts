/** Does what a key asks for. */
import type { App } from './app-context.ts'
import type { Action } from './keymap.ts'
import { filterOf } from './route.ts'
import type { Settings } from './settings.ts'
import { removeMessage } from './use-remove.ts'
import { nextLanguage, nextTheme } from './use-settings.ts'

export interface Desk {
  readonly app: App
  readonly settings: Settings
  readonly choose: (settings: Partial<Settings>) => void
  /** The row of the list that the keys are on. */
  readonly activeId: string | undefined
  readonly activate: (id: string) => void
}

/** Whether there was anything to do. */
export function perform(action: Action, desk: Desk): boolean {
  if (action.type === 'move') return move(action.by, desk)
  if (action.type === 'filter') return filter(action.channel, desk.app)
  return DEEDS[action.type](desk)
}

const DEEDS: Readonly<Record<Exclude<Action['type'], 'move' | 'filter'>, (desk: Desk) => boolean>> = {
  open,
  remove,
  leave: ({ app }) => leave(app),
  search: () => focus('search'),
  theme: ({ settings, choose }) => {
    choose(nextTheme(settings))
    return true
  },
  language: ({ settings, choose }) => {
    choose(nextLanguage(settings))
    return true
  },
  failures: ({ app }) => show(app, 'failures'),
  help: ({ app }) => show(app, 'help'),
}

function show(app: App, name: 'failures' | 'help'): true {
  app.show({ name })
  return true
}

function focus(id: string): boolean {
  const element = document.getElementById(id)
  element?.focus()
  return element !== null
}

function move(by: 1 | -1, { app, activeId, activate }: Desk): boolean {
  const { messages } = app.inbox.state
  const index = messages.findIndex(({ id }) => id === activeId)
  const next = messages[index < 0 ? 0 : Math.min(messages.length - 1, Math.max(0, index + by))]
  if (next) activate(next.id)
  return next !== undefined
}

function open({ app, activeId }: Desk): boolean {
  if (!activeId) return false
  app.go({ ...filterOf(app.route), id: activeId })
  return true
}

function filter(channel: Extract<Action, { type: 'filter' }>['channel'], { route, go }: App): boolean {
  const { id, q } = route
  go({ ...(id && { id }), ...(q && { q }), ...(channel && { channel }) })
  return true
}

/** The search first, then the message. */
function leave({ route, go }: App): boolean {
  const focused = document.activeElement
  if (focused?.id === 'search' && focused instanceof HTMLElement) {
    if (!focus('list')) focused.blur()
    return true
  }
  if (!route.id) return false
  go(filterOf(route))
  return true
}

function remove({ app, activeId }: Desk): boolean {
  const id = app.route.id ?? activeId
  if (id) void removeMessage(app, id)
  return id !== undefined
}
