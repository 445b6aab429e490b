/** What every part of the page may use: its texts, where it is, the inbox, and the panels. */
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { ArmedFault } from '../../sandbox/api.ts'
import type { Dictionary } from '../i18n/english.ts'
import type { Inbox } from './inbox.ts'
import type { Route } from './route.ts'

export type Panel =
  { readonly name: 'failures'; readonly provider?: string } | { readonly name: 'connect' | 'help' | 'clear' }

export interface App {
  readonly t: Dictionary
  /** Of the language, such as `zh-CN`. */
  readonly tag: string
  readonly route: Route
  /** `replace` leaves no trace in the history. */
  readonly go: (route: Route, how?: 'replace') => void
  readonly inbox: Inbox
  readonly armed: readonly ArmedFault[]
  /** What has just been done. */
  readonly toast: string
  /** Tells what has been done, for eyes and for screen readers. */
  readonly say: (text: string) => void
  /** Opens a panel, or closes the one that is open. */
  readonly show: (panel?: Panel) => void
}

export const AppContext = createContext<App | undefined>(undefined)

export function useApp(): App {
  const app = useContext(AppContext)
  if (!app) throw new Error('Outside of the page')
  return app
}
