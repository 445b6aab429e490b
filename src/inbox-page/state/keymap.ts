/** Which key does what. Pure. */
import { CHANNELS } from './route.ts'
import type { InboxChannel } from '../../sandbox/captured.ts'

export type Action =
  | { readonly type: 'move'; readonly by: 1 | -1 }
  | { readonly type: 'filter'; readonly channel?: InboxChannel }
  | { readonly type: 'open' | 'search' | 'leave' | 'remove' | 'theme' | 'language' | 'failures' | 'help' }

export interface Key {
  readonly key: string
  /** With Ctrl, Alt or the command key it is the browser's. */
  readonly isModified: boolean
  /** In a field, where it writes. */
  readonly isTyping: boolean
  /** On a button, tab or link, which Enter and the arrows belong to. */
  readonly isOnControl: boolean
}

const MOVES: Readonly<Record<string, 1 | -1>> = { j: 1, k: -1 }
const ARROWS: Readonly<Record<string, 1 | -1>> = { ArrowDown: 1, ArrowUp: -1 }
const NAMES: Readonly<Record<string, Action>> = {
  '/': { type: 'search' },
  '#': { type: 'remove' },
  Delete: { type: 'remove' },
  d: { type: 'theme' },
  l: { type: 'language' },
  f: { type: 'failures' },
  '?': { type: 'help' },
}

export function actionOf({ key, isModified, isTyping, isOnControl }: Key): Action | undefined {
  if (isModified) return undefined
  if (key === 'Escape') return { type: 'leave' }
  if (isTyping) return undefined
  return (
    (isOnControl ? undefined : listAction(key)) ?? moveAction(MOVES, key) ?? filterAction(key) ?? NAMES[key]
  )
}

function listAction(key: string): Action | undefined {
  return key === 'Enter' ? { type: 'open' } : moveAction(ARROWS, key)
}

function moveAction(moves: Readonly<Record<string, 1 | -1>>, key: string): Action | undefined {
  const by = moves[key]
  return by && { type: 'move', by }
}

function filterAction(key: string): Action | undefined {
  if (!/^[0-5]$/.test(key)) return undefined
  const channel = CHANNELS[Number(key) - 1]
  return { type: 'filter', ...(channel && { channel }) }
}
